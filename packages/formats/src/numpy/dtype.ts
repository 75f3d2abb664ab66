import { LoadError } from '@berth/inference';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import type { DType } from './ndarray.ts';

/** A dtype as saved: the DType plus what is needed to read its bytes. */
export interface SavedDType {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** The stored dtype where it differs from what it is read as: 2-byte floats become float32. */
  readonly half: boolean;
  /** For records: each field as saved. */
  readonly fields?: readonly { readonly saved: SavedDType; readonly offset: number; readonly count: number }[];
}

const MAX_DEPTH = 16;

const SCALAR_TYPES = new Map<string, string>([
  ['float64', 'f8'],
  ['double', 'f8'],
  ['float32', 'f4'],
  ['single', 'f4'],
  ['float16', 'f2'],
  ['half', 'f2'],
  ['int64', 'i8'],
  ['int32', 'i4'],
  ['int16', 'i2'],
  ['int8', 'i1'],
  ['uint64', 'u8'],
  ['uint32', 'u4'],
  ['uint16', 'u2'],
  ['uint8', 'u1'],
  ['intp', 'i8'],
  ['bool_', 'b1'],
  ['bool', 'b1'],
  ['object_', 'O8'],
  ['object', 'O8'],
  ['str_', 'U0'],
  ['bytes_', 'S0'],
  ['int', 'i8'],
  ['float', 'f8'],
]);

function bad(what: string): LoadError {
  return new LoadError('CorruptModel', `the file is damaged: ${what}`);
}

/**
 * Reads `numpy.dtype(...)` with its state as pickle saved it (numpy `_core/src/multiarray/descriptor.c`, `arraydescr_setstate`).
 * @throws LoadError CorruptModel for what is no dtype.
 */
export function readDType(value: PyValue, depth = 0): SavedDType {
  if (depth > MAX_DEPTH) throw bad('a record type is nested too deep');
  if (!(value instanceof PyObject) || value.type.name !== 'dtype') {
    // Typed dtypes of numpy 2 (`numpy.dtypes.Float64DType()`) are pickled as `numpy.dtype` too; a bare class is none.
    throw bad('an array has no dtype');
  }
  const code = dtypeCode(value.args[0]);
  const state = value.state instanceof PyTuple ? value.state.items : [];
  const order = state.length > 1 ? asText(state[1]) : code.order;
  if (state.length > 2 && state[2] instanceof PyTuple) return subArray(state[2], depth);
  if (state.length > 4 && state[3] instanceof PyTuple && state[3].items.length > 0 && state[4] instanceof PyDict) {
    return record(state[3].items, state[4], code.size || wholeNumber(state[5]), depth);
  }
  let { kind, size } = code;
  if (size === 0 && state.length > 5) size = Math.max(0, wholeNumber(state[5]));
  const half = kind === 'f' && size === 2;
  if (!isPlain(kind, size)) kind = 'V';
  return {
    dtype: { kind: kind as DType['kind'], itemSize: size },
    bigEndian: order === '>',
    half,
  };
}

function isPlain(kind: string, size: number): boolean {
  switch (kind) {
    case 'f':
      return size === 2 || size === 4 || size === 8;
    case 'i':
    case 'u':
      return size === 1 || size === 2 || size === 4 || size === 8;
    case 'M':
    case 'm':
      return size === 8;
    case 'b':
      return size === 1;
    case 'U':
    case 'S':
    case 'O':
      return true;
    default:
      return false;
  }
}

function asText(value: PyValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return typeof value === 'string' ? value : '|';
}

function wholeNumber(value: PyValue): number {
  return typeof value === 'number' && Number.isInteger(value) ? value : -1;
}

function dtypeCode(value: PyValue): { kind: string; size: number; order: string } {
  const text =
    value instanceof PyGlobal ? SCALAR_TYPES.get(value.name) : typeof value === 'string' ? value : asText(value);
  const match = /^([<>=|]?)([a-zA-Z?])(\d*)(\[[^\]]*\])?$/.exec(text ?? '');
  if (match === null) throw bad(`"${String(text).slice(0, 40)}" is no dtype`);
  const size = match[3] === '' ? 0 : Number(match[3]);
  if (size > 2 ** 31) throw bad(`"${String(text).slice(0, 40)}" is no dtype`);
  const [kind, bytes] = match[2] === '?' ? ['b', 1] : [match[2] === 'a' ? 'S' : match[2], size];
  // Python 2 wrote U4 for four bytes a character times its length in characters, as Python 3 does.
  return { kind, size: kind === 'U' ? bytes * 4 : kind === 'O' ? 8 : bytes, order: match[1] || '=' };
}

function subArray(subdtype: PyTuple, depth: number): SavedDType {
  const [base, shape] = subdtype.items;
  const saved = readDType(base, depth + 1);
  const dims = shape instanceof PyTuple ? shape.items : [shape];
  const subShape = dims.map((dim) => wholeNumber(dim as PyValue));
  if (subShape.some((dim) => dim < 0)) throw bad('a sub-array of a record has a bad shape');
  return { ...saved, dtype: { ...saved.dtype, subShape: [...subShape, ...(saved.dtype.subShape ?? [])] } };
}

function record(names: readonly PyValue[], fields: PyDict, itemSize: number, depth: number): SavedDType {
  if (itemSize < 0) throw bad('a record type has no size');
  const saved = names.map((name) => {
    const field = fields.get(name);
    if (typeof name !== 'string' || !(field instanceof PyTuple)) throw bad('a record type lacks one of its fields');
    const type = readDType(field.items[0], depth + 1);
    const offset = wholeNumber(field.items[1]);
    const count = (type.dtype.subShape ?? []).reduce((a, b) => a * b, 1);
    if (offset < 0 || !(offset + type.dtype.itemSize * count <= itemSize)) {
      throw bad(`field "${name}" lies outside its record`);
    }
    return { name, saved: type, offset, count };
  });
  return {
    dtype: {
      kind: 'V',
      itemSize,
      fields: saved.map(({ name, saved: { dtype }, offset }) => ({ name, dtype, offset })),
    },
    bigEndian: false,
    half: false,
    fields: saved,
  };
}

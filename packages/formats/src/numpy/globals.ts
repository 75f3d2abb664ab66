import { LoadError } from '@berth/inference';
import type { Budget } from '../pickle/budget.ts';
import { narrowInteger } from '../pickle/text-values.ts';
import { PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import { readDType } from './dtype.ts';
import { type DType, NdArray } from './ndarray.ts';
import { arrayFromBytes, arrayFromObjects, checkShape } from './read-array.ts';

function bad(what: string): LoadError {
  return new LoadError('CorruptModel', `the file is damaged: ${what}`);
}

const UNSET: DType = { kind: 'V', itemSize: 0 };

/** Bytes that a pickle holds as bytes, or as the Latin-1 text of a Python 2 `str`. */
export function rawBytes(value: PyValue, budget: Budget): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return undefined;
  budget.take(value.length);
  return new Uint8Array(Buffer.from(value, 'latin1'));
}

/** `numpy._core.multiarray._reconstruct(ndarray, (0,), b'b')`: an array whose state follows with BUILD. */
export function reconstruct(args: readonly PyValue[]): NdArray | PyObject {
  const [type] = args;
  if (!(type instanceof PyGlobal)) throw bad('an array of no class');
  if (type.name === 'ndarray' || type.name === 'memmap' || type.name === 'matrix') return new NdArray(UNSET, [0], []);
  return new PyObject(type, args);
}

/** `ndarray.__setstate__((version, shape, dtype, is_fortran, raw))`, in place, since the memo may hold the array. */
export function setArrayState(array: NdArray, state: PyValue, budget: Budget): void {
  if (array.dtype !== UNSET || !(state instanceof PyTuple)) throw bad('an array is given no state, or two');
  const items = state.items.length === 5 ? state.items.slice(1) : state.items;
  const [shape, dtype, fortran, raw] = items;
  if (items.length !== 4 || !(shape instanceof PyTuple)) throw bad('the state of an array has a bad form');
  fill(array, makeArray(shape.items, dtype, Boolean(fortran), raw, budget));
}

/** `numpy._core.numeric._frombuffer(buffer, dtype, shape, order)` (protocol 5). */
export function fromBuffer(args: readonly PyValue[], budget: Budget): NdArray {
  const [raw, dtype, shape, order] = args;
  if (!(shape instanceof PyTuple)) throw bad('an array has no shape');
  return makeArray(shape.items, dtype, order === 'F', raw, budget);
}

function makeArray(shape: readonly PyValue[], dtype: PyValue, fortran: boolean, raw: PyValue, budget: Budget): NdArray {
  const saved = readDType(dtype);
  const dims = checkShape(shape);
  if (Array.isArray(raw)) return arrayFromObjects(saved, dims.shape, dims.size, raw);
  const bytes = rawBytes(raw, budget);
  if (bytes === undefined || saved.dtype.kind === 'O') throw bad('the data of an array is missing');
  return arrayFromBytes(saved, dims.shape, dims.size, bytes, fortran, budget);
}

function fill(target: NdArray, source: NdArray): void {
  Object.assign(target as { dtype: DType; shape: readonly number[]; data: NdArray['data'] }, {
    dtype: source.dtype,
    shape: source.shape,
    data: source.data,
  });
}

/** `numpy._core.multiarray.scalar(dtype, raw)`: a number, a boolean, text; what is none of these stays an array of one. */
export function scalar(args: readonly PyValue[], budget: Budget): PyValue {
  const saved = readDType(args[0]);
  if (saved.dtype.kind === 'O') return args[1] ?? null;
  const raw = rawBytes(args[1] ?? new Uint8Array(saved.dtype.itemSize), budget);
  if (raw === undefined) throw bad('a scalar has no data');
  const array = arrayFromBytes(saved, [], 1, raw, false, budget);
  switch (saved.dtype.kind) {
    case 'b':
      return array.data[0] !== 0;
    case 'i':
    case 'u': {
      const value = array.data[0] as number | bigint;
      return typeof value === 'bigint' ? narrowInteger(value) : value;
    }
    case 'f':
    case 'U':
    case 'S':
      return array.data[0] as PyValue;
    default:
      return array;
  }
}

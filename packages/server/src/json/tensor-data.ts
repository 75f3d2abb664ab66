import {
  type BytesElement,
  type Datatype,
  invalidInput,
  numberToBfloat16,
  numberToHalf,
  type TensorData,
} from '@berth/inference';
import type { JsonValue } from './lossless.ts';

/** What JSON data may stand for, besides the numbers of its datatype. */
export interface DataRules {
  /** Whether FP16 and BF16 may come as JSON numbers; else the binary extension must carry them. */
  readonly halfInJson: boolean;
  /** Whether 0 and 1 are taken for BOOL. */
  readonly boolNumbers: boolean;
}

/** Inclusive bounds of the whole-number datatypes that a double holds exactly. */
const RANGES: ReadonlyMap<Datatype, readonly [number, number]> = new Map([
  ['INT8', [-128, 127]],
  ['UINT8', [0, 255]],
  ['INT16', [-32768, 32767]],
  ['UINT16', [0, 65535]],
  ['INT32', [-2147483648, 2147483647]],
  ['UINT32', [0, 4294967295]],
]);

/** From here a finite double rounds to Infinity in the smaller format. */
export const MAX_FLOAT32: number = 2 ** 128 - 2 ** 103;
const MAX_BFLOAT16 = 2 ** 128 - 2 ** 119;

/** Inclusive bounds of a whole-number datatype among the whole numbers that a double holds exactly. */
export function wholeNumberRange(datatype: Datatype): readonly [number, number] | undefined {
  if (datatype === 'INT64') return [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  if (datatype === 'UINT64') return [0, Number.MAX_SAFE_INTEGER];
  return RANGES.get(datatype);
}

/**
 * Reads the `data` of a tensor: a flat list, a list nested as its shape says, or for one element the bare value.
 * Nothing is allocated before the values have been counted.
 * @throws InferenceError INVALID_INPUT that names the input, and the element where one is wrong.
 */
export function decodeData(
  data: JsonValue,
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  count: number,
  rules: DataRules,
): TensorData {
  const values = Array.isArray(data) ? data : [data];
  if (datatype === 'FP32' || datatype === 'FP64') {
    const quick = plainFloats(values, datatype, shape, count);
    if (quick !== undefined) return quick;
  }
  const nested = values.length > 0 && Array.isArray(values[0]);
  if (!nested && values.length !== count) throw wrongCount(name, shape, count, values.length);
  const flat = nested ? flatten(values, name, shape, count) : values;
  return convert(flat, name, datatype, shape, rules);
}

/**
 * The usual case in one pass: numbers in range, flat or in the rows of a matrix. Undefined for anything else, which the
 * careful way then reads or refuses.
 */
function plainFloats(
  values: readonly JsonValue[],
  datatype: 'FP32' | 'FP64',
  shape: readonly number[],
  count: number,
): Float32Array | Float64Array | undefined {
  const rows = values.length;
  const nested = shape.length === 2 && rows === shape[0] && Array.isArray(values[0]);
  const width = nested ? shape[1] : 1;
  // All rows are measured before anything is allocated: a shape alone must cost nothing.
  if (nested ? !allOfLength(values, width) : rows !== count) return undefined;
  const data = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count);
  const limit = datatype === 'FP32' ? MAX_FLOAT32 : Infinity;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row];
    if (!nested) {
      if (typeof value !== 'number' || !(value < limit && value > -limit)) return undefined;
      data[at++] = value;
      continue;
    }
    for (let column = 0; column < width; column++) {
      const number = (value as JsonValue[])[column];
      if (typeof number !== 'number' || !(number < limit && number > -limit)) return undefined;
      data[at++] = number;
    }
  }
  return data;
}

function allOfLength(rows: readonly JsonValue[], width: number): boolean {
  for (let row = 0; row < rows.length; row++) {
    const values = rows[row];
    if (!Array.isArray(values) || values.length !== width) return false;
  }
  return true;
}

function wrongCount(name: string, shape: readonly number[], count: number, got: number) {
  return invalidInput(`input '${name}' has shape [${shape}], which is ${count} values, but its data has ${got}`);
}

/** The leaves of a nested list, which must be regular: all lists of one level have the same length. */
function flatten(values: JsonValue[], name: string, shape: readonly number[], count: number): JsonValue[] {
  const flat: JsonValue[] = [];
  const lengths: number[] = [];
  const walk = (list: JsonValue[], level: number, row: number) => {
    if (lengths.length === level) lengths.push(list.length);
    else if (lengths[level] !== list.length) {
      throw invalidInput(
        `input '${name}' is ragged: row ${row} has ${list.length} values where earlier rows have ${lengths[level]}`,
      );
    }
    const lists = list.length > 0 && Array.isArray(list[0]);
    for (let index = 0; index < list.length; index++) {
      const each = list[index];
      const isList = Array.isArray(each);
      if (isList !== lists) {
        throw invalidInput(`input '${name}' is ragged: row ${level === 0 ? index : row} mixes values and lists`);
      }
      if (isList) walk(each, level + 1, level === 0 ? index : row);
      else flat.push(each);
    }
  };
  walk(values, 0, 0);
  if (flat.length !== count) throw wrongCount(name, shape, count, flat.length);
  return flat;
}

function convert(
  values: readonly JsonValue[],
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  rules: DataRules,
): TensorData {
  switch (datatype) {
    case 'FP32':
      return floats(new Float32Array(values.length), values, name, datatype, shape, MAX_FLOAT32);
    case 'FP64':
      return floats(new Float64Array(values.length), values, name, datatype, shape, Infinity);
    case 'FP16':
    case 'BF16':
      return halves(values, name, datatype, shape, rules);
    case 'BOOL':
      return bools(values, name, shape, rules);
    case 'BYTES':
      return texts(values, name, shape);
    case 'INT64':
      return bigInts(new BigInt64Array(values.length), values, name, datatype, shape, -(2n ** 63n), 2n ** 63n - 1n);
    case 'UINT64':
      return bigInts(new BigUint64Array(values.length), values, name, datatype, shape, 0n, 2n ** 64n - 1n);
    case 'INT8':
      return integers(new Int8Array(values.length), values, name, datatype, shape);
    case 'UINT8':
      return integers(new Uint8Array(values.length), values, name, datatype, shape);
    case 'INT16':
      return integers(new Int16Array(values.length), values, name, datatype, shape);
    case 'UINT16':
      return integers(new Uint16Array(values.length), values, name, datatype, shape);
    case 'INT32':
      return integers(new Int32Array(values.length), values, name, datatype, shape);
    case 'UINT32':
      return integers(new Uint32Array(values.length), values, name, datatype, shape);
  }
}

function floats<Data extends Float32Array | Float64Array>(
  data: Data,
  values: readonly JsonValue[],
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  limit: number,
): Data {
  for (let index = 0; index < values.length; index++) {
    data[index] = floatOf(values[index], index, name, datatype, shape, limit);
  }
  return data;
}

/** A float, null being NaN; what rounds to Infinity without being Infinity is out of range. */
function floatOf(
  value: JsonValue,
  index: number,
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  limit: number,
): number {
  const number = typeof value === 'bigint' ? Number(value) : value === null ? NaN : value;
  if (typeof number !== 'number') throw wrongElement(value, index, name, datatype, shape, 'a number');
  if ((number >= limit || number <= -limit) && Number.isFinite(number)) {
    throw outOfRange(value, index, name, datatype, shape);
  }
  return number;
}

function halves(
  values: readonly JsonValue[],
  name: string,
  datatype: 'FP16' | 'BF16',
  shape: readonly number[],
  rules: DataRules,
): Uint16Array {
  if (!rules.halfInJson) {
    throw invalidInput(
      `receiving ${datatype} data via JSON is not supported. Please use the binary data format for input ${name}`,
    );
  }
  const data = new Uint16Array(values.length);
  const toBits = datatype === 'FP16' ? numberToHalf : numberToBfloat16;
  const limit = datatype === 'FP16' ? 65520 : MAX_BFLOAT16;
  for (let index = 0; index < values.length; index++) {
    data[index] = toBits(floatOf(values[index], index, name, datatype, shape, limit));
  }
  return data;
}

function integers<Data extends Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array>(
  data: Data,
  values: readonly JsonValue[],
  name: string,
  datatype: Datatype,
  shape: readonly number[],
): Data {
  const [least, most] = RANGES.get(datatype) as readonly [number, number];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value === 'bigint') throw outOfRange(value, index, name, datatype, shape);
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw wrongElement(value, index, name, datatype, shape, 'a whole number');
    }
    if (value < least || value > most) throw outOfRange(value, index, name, datatype, shape);
    data[index] = value;
  }
  return data;
}

function bigInts<Data extends BigInt64Array | BigUint64Array>(
  data: Data,
  values: readonly JsonValue[],
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  least: bigint,
  most: bigint,
): Data {
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value !== 'bigint' && !Number.isInteger(value)) {
      throw wrongElement(value, index, name, datatype, shape, 'a whole number');
    }
    const integer = BigInt(value as bigint | number);
    if (integer < least || integer > most) throw outOfRange(value, index, name, datatype, shape);
    data[index] = integer;
  }
  return data;
}

function bools(values: readonly JsonValue[], name: string, shape: readonly number[], rules: DataRules): Uint8Array {
  const data = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === true || (value === 1 && rules.boolNumbers)) data[index] = 1;
    else if (value !== false && !(value === 0 && rules.boolNumbers)) {
      throw wrongElement(value, index, name, 'BOOL', shape, 'true or false');
    }
  }
  return data;
}

function texts(values: readonly JsonValue[], name: string, shape: readonly number[]): BytesElement[] {
  for (let index = 0; index < values.length; index++) {
    if (typeof values[index] !== 'string') throw wrongElement(values[index], index, name, 'BYTES', shape, 'a string');
  }
  return values as string[];
}

function wrongElement(
  value: JsonValue,
  index: number,
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  wanted: string,
) {
  return invalidInput(`input '${name}' ${place(index, shape)}: ${shown(value)} is not ${wanted}, as ${datatype} needs`);
}

function outOfRange(value: JsonValue, index: number, name: string, datatype: Datatype, shape: readonly number[]) {
  return invalidInput(`input '${name}' ${place(index, shape)}: ${shown(value)} is out of ${datatype}'s range`);
}

function place(index: number, shape: readonly number[]): string {
  if (shape.length !== 2 || shape[1] === 0) return `element ${index}`;
  return `row ${Math.floor(index / shape[1])}, column ${index % shape[1]}`;
}

/** A value as it may be shown in an error text: short, whatever was sent. */
function shown(value: JsonValue): string {
  if (typeof value === 'string')
    return value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

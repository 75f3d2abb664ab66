import { invalidInput, type Tensor } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';

/**
 * One column of a table as a tensor of shape [rows]: numbers (and null, which is NaN) as FP64, whole numbers beyond 2^53
 * as INT64 where all are whole, true and false as BOOL, strings as BYTES.
 * @throws InferenceError INVALID_INPUT that names the row and the column.
 */
export function columnTensor(name: string, values: readonly (JsonValue | undefined)[], label: string): Tensor {
  const first = values.find((value) => value !== null && value !== undefined);
  const shape = [values.length];
  if (typeof first === 'string') {
    return { name, datatype: 'BYTES', shape, data: values.map((value, row) => text(value, row, label)) };
  }
  if (typeof first === 'boolean' && values.every((value) => typeof value === 'boolean')) {
    return { name, datatype: 'BOOL', shape, data: Uint8Array.from(values, (value) => (value === true ? 1 : 0)) };
  }
  if (values.some((value) => typeof value === 'bigint') && values.every(isInteger64)) {
    return { name, datatype: 'INT64', shape, data: BigInt64Array.from(values, (value) => BigInt(value as bigint)) };
  }
  const data = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) data[row] = numberOf(values[row], row, label);
  return { name, datatype: 'FP64', shape, data };
}

function isInteger64(value: JsonValue | undefined): boolean {
  if (typeof value === 'bigint') return value >= -(2n ** 63n) && value < 2n ** 63n;
  return typeof value === 'number' && Number.isInteger(value);
}

function text(value: JsonValue | undefined, row: number, label: string): string {
  if (typeof value === 'string') return value;
  throw invalidInput(`row ${row}, ${label}: ${kindOf(value)} stands where other rows have text`);
}

/** A number of a row: null and what is absent are NaN, true and false are 1 and 0. */
export function numberOf(value: JsonValue | undefined, row: number, label: string): number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  throw invalidInput(`row ${row}, ${label}: ${kindOf(value)} is not a number`);
}

/** A value as an error text names it: short, whatever was sent. */
export function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
  return shown;
}

import { type BytesElement, type Datatype, InferenceError, type Tensor, type TensorData } from '@berth/inference';
import type { NdArray } from '../numpy/ndarray.ts';
import type { PyValue } from '../pickle/values.ts';
import { densify, frameToMatrix } from './dense.ts';
import type { Table } from './estimator.ts';

/** Numbers that one answer may hold; a hashed text transform alone could make a million a row. */
const MAX_OUTPUT_ELEMENTS = 1 << 26;

const DATATYPES: ReadonlyMap<string, Datatype> = new Map([
  ['f8', 'FP64'],
  ['f4', 'FP32'],
  ['i8', 'INT64'],
  ['i4', 'INT32'],
  ['i2', 'INT16'],
  ['i1', 'INT8'],
  ['u8', 'UINT64'],
  ['u4', 'UINT32'],
  ['u2', 'UINT16'],
  ['u1', 'UINT8'],
  ['b1', 'BOOL'],
  ['M8', 'INT64'],
  ['m8', 'INT64'],
]);

/** The datatype that an array's elements are sent as; text and objects are BYTES unless every object is a number or a boolean. */
export function arrayDatatype(array: NdArray): Datatype {
  const { kind, itemSize } = array.dtype;
  if (kind === 'O') return objectDatatype(array.data as PyValue[]);
  return DATATYPES.get(`${kind}${itemSize}`) ?? 'BYTES';
}

function objectDatatype(items: readonly PyValue[]): Datatype {
  if (items.length === 0) return 'BYTES';
  if (items.every((item) => typeof item === 'boolean')) return 'BOOL';
  if (items.every((item) => Number.isSafeInteger(item) || typeof item === 'bigint')) return 'INT64';
  if (items.every((item) => typeof item === 'number')) return 'FP64';
  return 'BYTES';
}

/** An array as a tensor. @param datatype what the model declared, so that every answer has the same. */
export function arrayToTensor(name: string, array: NdArray, datatype: Datatype = arrayDatatype(array)): Tensor {
  const { data, shape } = array;
  if (!Array.isArray(data)) return { name, datatype, shape, data: data as TensorData };
  const items = data as PyValue[];
  switch (datatype) {
    case 'BOOL':
      return { name, datatype, shape, data: Uint8Array.from(items, (item) => (item ? 1 : 0)) };
    case 'INT64':
      return { name, datatype, shape, data: BigInt64Array.from(items, (item) => BigInt(item as number)) };
    case 'FP64':
      return { name, datatype, shape, data: Float64Array.from(items, (item) => Number(item)) };
    default:
      return { name, datatype: 'BYTES', shape, data: items.map(bytesElement) };
  }
}

function bytesElement(item: PyValue): BytesElement {
  if (typeof item === 'string' || item instanceof Uint8Array) return item;
  if (item === null) return 'None';
  if (typeof item === 'boolean') return item ? 'True' : 'False';
  return String(item);
}

/** What `transform` gave, as one tensor: sparse made dense, a frame that holds text as BYTES. */
export function tableToTensor(name: string, table: Table): Tensor {
  const cols = table.kind === 'frame' ? table.columns.length : table.cols;
  if (table.rows * cols > MAX_OUTPUT_ELEMENTS) {
    throw new InferenceError(
      'TOO_LARGE',
      `transform gives ${table.rows} × ${cols} values; an answer holds at most ${MAX_OUTPUT_ELEMENTS}: send fewer rows`,
    );
  }
  const shape = [table.rows, cols];
  if (table.kind === 'frame' && table.columns.some((column) => column.kind === 'object')) {
    const data: BytesElement[] = [];
    for (let i = 0; i < table.rows; i++) {
      for (const column of table.columns) data.push(bytesElement(column.data[i]));
    }
    return { name, datatype: 'BYTES', shape, data };
  }
  const dense = table.kind === 'matrix' ? table : table.kind === 'sparse' ? densify(table) : frameToMatrix(table, name);
  switch (dense.dtype) {
    case 'float64':
      return { name, datatype: 'FP64', shape, data: dense.data };
    case 'float32':
      return { name, datatype: 'FP32', shape, data: Float32Array.from(dense.data) };
    case 'int64':
      return { name, datatype: 'INT64', shape, data: BigInt64Array.from(dense.data, (value) => BigInt(value)) };
    case 'bool':
      return { name, datatype: 'BOOL', shape, data: Uint8Array.from(dense.data) };
  }
}

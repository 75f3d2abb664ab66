import type { PyValue } from '../pickle/values.ts';
import { bytesElements, textElements } from './text-elements.ts';

/**
 * A numpy dtype, by kind (`numpy.dtype.kind`) and size in bytes; byte order is resolved when the array is read.
 * `b` bool, `i` signed, `u` unsigned, `f` float, `U` text, `S` bytes, `O` Python objects, `M`/`m` datetime64/timedelta64,
 * `V` a record whose fields are read with {@link NdArray.field}.
 */
export interface DType {
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'U' | 'S' | 'O' | 'M' | 'm' | 'V';
  readonly itemSize: number;
  /** Fields of a record dtype, in order. */
  readonly fields?: readonly { readonly name: string; readonly dtype: DType; readonly offset: number }[];
  /** Sub-array shape of a field, e.g. `(3,)`; absent for scalars. */
  readonly subShape?: readonly number[];
}

/** The elements: typed arrays for numbers (native byte order), strings for `U`, anything for `O`, raw bytes for `V`. */
export type NdData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | string[]
  | PyValue[];

/** An n-dimensional array in C order, whatever order it was saved in. */
export class NdArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: NdData;

  constructor(dtype: DType, shape: readonly number[], data: NdData) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /** Number of elements. */
  get size(): number {
    let size = 1;
    for (const dim of this.shape) size *= dim;
    return size;
  }

  /** The elements as float64 (a copy unless they are float64 already). @throws TypeError for text and objects. */
  toFloat64(): Float64Array {
    const { data } = this;
    if (data instanceof Float64Array) return data;
    if (this.dtype.kind === 'V' || this.dtype.kind === 'U' || this.dtype.kind === 'S') {
      throw new TypeError(`an array of dtype ${this.dtype.kind}${this.dtype.itemSize} holds no numbers`);
    }
    const out = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const value = data[i];
      if (typeof value === 'number') out[i] = value;
      else if (typeof value === 'bigint' || typeof value === 'boolean') out[i] = Number(value);
      else if (value === null) out[i] = NaN;
      else throw new TypeError('an object array holds something that is no number');
    }
    return out;
  }

  /** The elements as int32, for index arrays. @throws RangeError where one does not fit. */
  toInt32(): Int32Array {
    if (this.data instanceof Int32Array) return this.data;
    if (this.data instanceof BigInt64Array) return narrow(this.data);
    const numbers = this.toFloat64();
    const out = new Int32Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      out[i] = numbers[i];
      if (out[i] !== numbers[i]) throw new RangeError(`${numbers[i]} is no 32-bit integer`);
    }
    return out;
  }

  /** One field of a record array, e.g. `nodes.field('threshold')`. @throws Error where there is none. */
  field(name: string): NdArray {
    const field = this.dtype.fields?.find((candidate) => candidate.name === name);
    if (field === undefined || !(this.data instanceof Uint8Array))
      throw new Error(`the record array has no field "${name}"`);
    const count = this.size;
    const per = (field.dtype.subShape ?? []).reduce((a, b) => a * b, 1);
    const raw = new Uint8Array(count * field.dtype.itemSize * per);
    const width = field.dtype.itemSize * per;
    const { data } = this;
    for (let i = 0; i < count; i++) {
      const from = i * this.dtype.itemSize + field.offset;
      for (let byte = 0; byte < width; byte++) raw[i * width + byte] = data[from + byte];
    }
    const shape = [...this.shape, ...(field.dtype.subShape ?? [])];
    const { subShape: _, ...scalar } = field.dtype;
    if (scalar.kind === 'U') return new NdArray(scalar, shape, textElements(raw, count * per, scalar.itemSize));
    if (scalar.kind === 'S') return new NdArray(scalar, shape, bytesElements(raw, count * per, scalar.itemSize));
    return new NdArray(scalar, shape, viewNumbers(scalar, raw));
  }

  /** Whether the record array has the field. */
  hasField(name: string): boolean {
    return this.dtype.fields?.some((field) => field.name === name) ?? false;
  }
}

/** int64 as int32, by halves: a tree's node ids are millions, and each element read as a bigint is an allocation. */
function narrow(data: BigInt64Array): Int32Array {
  const halves = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  const out = new Int32Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const low = halves[2 * i];
    if (halves[2 * i + 1] !== low >> 31) throw new RangeError(`${data[i]} is no 32-bit integer`);
    out[i] = low;
  }
  return out;
}

/** A typed view over little-endian bytes that start aligned (a fresh buffer). */
export function viewNumbers(dtype: DType, bytes: Uint8Array): NdData {
  const { buffer, byteOffset, byteLength } = bytes;
  const count = byteLength / dtype.itemSize;
  switch (`${dtype.kind}${dtype.itemSize}`) {
    case 'f8':
      return new Float64Array(buffer, byteOffset, count);
    case 'f4':
      return new Float32Array(buffer, byteOffset, count);
    case 'i8':
    case 'M8':
    case 'm8':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'u8':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'i4':
      return new Int32Array(buffer, byteOffset, count);
    case 'u4':
      return new Uint32Array(buffer, byteOffset, count);
    case 'i2':
      return new Int16Array(buffer, byteOffset, count);
    case 'u2':
      return new Uint16Array(buffer, byteOffset, count);
    case 'i1':
      return new Int8Array(buffer, byteOffset, count);
    default:
      return bytes;
  }
}

/** A float64 array of the given shape. */
export function float64Array(shape: readonly number[], data: Float64Array): NdArray {
  return new NdArray({ kind: 'f', itemSize: 8 }, shape, data);
}

import { halfToNumber, LoadError } from '@berth/inference';
import type { Budget } from '../pickle/budget.ts';
import type { PyValue } from '../pickle/values.ts';
import type { SavedDType } from './dtype.ts';
import { NdArray, type NdData, viewNumbers } from './ndarray.ts';
import { bytesElements, textElements } from './text-elements.ts';

const MAX_DIMENSIONS = 64;
/** Elements of a type of no size (`U0`), which no byte of the file backs. */
const MAX_EMPTY_ELEMENTS = 1_000_000;

function bad(what: string): LoadError {
  return new LoadError('CorruptModel', `the file is damaged: ${what}`);
}

/**
 * The dimensions of a saved shape and their product.
 * @throws LoadError CorruptModel for negative, fractional or absurd ones.
 */
export function checkShape(values: readonly PyValue[]): { shape: number[]; size: number } {
  if (values.length > MAX_DIMENSIONS) throw bad(`an array of ${values.length} dimensions`);
  let size = 1;
  const shape = values.map((dim) => {
    if (typeof dim !== 'number' || !Number.isInteger(dim) || dim < 0)
      throw bad(`an array has the dimension ${String(dim)}`);
    size *= dim;
    return dim;
  });
  if (!Number.isSafeInteger(size)) throw bad(`an array of shape [${shape.join(', ')}]`);
  return { shape, size };
}

/** Bytes that `size` elements take. @throws LoadError CorruptModel where that is more than `available`. */
export function checkByteLength(saved: SavedDType, size: number, available: number): number {
  const length = size * saved.dtype.itemSize;
  if (!(length <= available)) {
    throw bad(`an array of ${size} elements of ${saved.dtype.itemSize} bytes, where ${available} bytes are left`);
  }
  if (saved.dtype.itemSize === 0 && size > MAX_EMPTY_ELEMENTS) throw bad(`an array of ${size} elements of no size`);
  return length;
}

/**
 * An array from its raw bytes, in C order and native byte order whatever it was saved in.
 * Half floats become float32, complex and long doubles stay raw bytes (`V`).
 */
export function arrayFromBytes(
  saved: SavedDType,
  shape: readonly number[],
  size: number,
  raw: Uint8Array,
  fortran: boolean,
  budget: Budget,
): NdArray {
  const { dtype } = saved;
  const length = checkByteLength(saved, size, raw.length);
  if (length !== raw.length) throw bad(`an array of ${size} × ${dtype.itemSize} bytes is given ${raw.length}`);
  budget.take(length);
  // A fresh copy: aligned for a typed view, and it does not keep the whole file in memory.
  let bytes = new Uint8Array(raw);
  if (fortran && shape.length > 1) bytes = toRowMajor(bytes, shape, dtype.itemSize);
  toLittleEndian(saved, bytes, size);
  if (saved.half) {
    const out = new Float32Array(size);
    for (let i = 0; i < size; i++) out[i] = halfToNumber(bytes[2 * i] | (bytes[2 * i + 1] << 8));
    return new NdArray({ kind: 'f', itemSize: 4 }, shape, out);
  }
  return new NdArray(dtype, shape, elements(saved, bytes, size, budget));
}

/** An array of Python objects; numpy saves them in C order whatever the array's own order is. */
export function arrayFromObjects(
  saved: SavedDType,
  shape: readonly number[],
  size: number,
  items: readonly PyValue[],
): NdArray {
  if (items.length !== size) throw bad(`an array of ${size} objects is given ${items.length}`);
  return new NdArray(saved.dtype, shape, items as PyValue[]);
}

function elements(saved: SavedDType, bytes: Uint8Array, size: number, budget: Budget): NdData {
  const { kind, itemSize } = saved.dtype;
  if (kind === 'U') {
    budget.take(16 * size);
    return textElements(bytes, size, itemSize);
  }
  if (kind === 'S') {
    budget.take(64 * size);
    return bytesElements(bytes, size, itemSize);
  }
  if (kind === 'V') return bytes;
  return viewNumbers(saved.dtype, bytes);
}

/** Calls with the position in Fortran order and in C order of every element. */
function visitFortran(shape: readonly number[], visit: (from: number, to: number) => void): void {
  const dims = shape.length;
  const strides = new Array<number>(dims);
  let stride = 1;
  for (let d = dims - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d];
  }
  const index = new Array<number>(dims).fill(0);
  let to = 0;
  for (let from = 0; from < stride; from++) {
    visit(from, to);
    for (let d = 0; d < dims; d++) {
      to += strides[d];
      if (++index[d] < shape[d]) break;
      to -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

function toRowMajor(bytes: Uint8Array, shape: readonly number[], itemSize: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  if (itemSize === 8) {
    // As 32-bit halves: bigints would be boxed, and a float copy may change a NaN's payload.
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const target = new Uint32Array(out.buffer);
    visitFortran(shape, (from, to) => {
      target[2 * to] = words[2 * from];
      target[2 * to + 1] = words[2 * from + 1];
    });
    return out;
  }
  visitFortran(shape, (from, to) => {
    for (let k = 0; k < itemSize; k++) out[to * itemSize + k] = bytes[from * itemSize + k];
  });
  return out;
}

/** Swaps big-endian elements in place; records field by field. */
function toLittleEndian(saved: SavedDType, bytes: Uint8Array, size: number): void {
  if (saved.fields !== undefined) {
    if (!saved.fields.some((field) => needsSwap(field.saved))) return;
    for (let i = 0; i < size; i++) {
      for (const field of saved.fields) {
        const start = i * saved.dtype.itemSize + field.offset;
        const end = start + field.saved.dtype.itemSize * field.count;
        toLittleEndian(field.saved, bytes.subarray(start, end), field.count);
      }
    }
    return;
  }
  if (!saved.bigEndian) return;
  const width = saved.dtype.kind === 'U' ? 4 : saved.dtype.itemSize;
  if (width < 2 || saved.dtype.kind === 'S' || saved.dtype.kind === 'V') return;
  for (let start = 0; start + width <= bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}

function needsSwap(saved: SavedDType): boolean {
  return saved.bigEndian || (saved.fields?.some((field) => needsSwap(field.saved)) ?? false);
}

import { NdArray, type NdData } from '../numpy/ndarray.ts';

/** A float64 result, or float32 where the library would give float32. */
export function floats(shape: readonly number[], data: Float64Array, float32 = false): NdArray {
  if (!float32) return new NdArray({ kind: 'f', itemSize: 8 }, shape, data);
  return new NdArray({ kind: 'f', itemSize: 4 }, shape, Float32Array.from(data));
}

/** An int64 result. */
export function int64s(shape: readonly number[], values: ArrayLike<number>): NdArray {
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]);
  return new NdArray({ kind: 'i', itemSize: 8 }, shape, data);
}

/** An int32 result, as the labels of KMeans are. */
export function int32s(shape: readonly number[], data: Int32Array): NdArray {
  return new NdArray({ kind: 'i', itemSize: 4 }, shape, data);
}

/** `classes_.take(indices)`: labels of the classes' own dtype. */
export function takeLabels(classes: NdArray, indices: ArrayLike<number>): NdArray {
  const source = classes.data;
  const n = indices.length;
  if (Array.isArray(source)) {
    const out = new Array(n);
    for (let i = 0; i < n; i++) out[i] = source[indices[i]];
    return new NdArray(classes.dtype, [n], out);
  }
  const out = new (source.constructor as new (length: number) => Exclude<NdData, unknown[]>)(n);
  for (let i = 0; i < n; i++) out[i] = source[indices[i]];
  return new NdArray(classes.dtype, [n], out);
}

/** The column of the largest value of each row, the first of equals (numpy's argmax; a NaN counts as largest). */
export function argmaxRows(data: ArrayLike<number>, rows: number, cols: number): Int32Array {
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = 0;
    let bestValue = data[i * cols];
    for (let j = 1; j < cols && !Number.isNaN(bestValue); j++) {
      const value = data[i * cols + j];
      if (value > bestValue || Number.isNaN(value)) {
        best = j;
        bestValue = value;
      }
    }
    out[i] = best;
  }
  return out;
}

/** Natural logarithm of every probability, as `predict_log_proba` answers. */
export function logOf(proba: NdArray): NdArray {
  const data = proba.toFloat64();
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Math.log(data[i]);
  return floats(proba.shape, out, proba.dtype.itemSize === 4);
}

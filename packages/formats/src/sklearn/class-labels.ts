import { NdArray, type NdData } from '../numpy/ndarray.ts';

/** `classes.take(indices)`: one label for each index, of the same dtype. */
export function takeLabels(classes: NdArray, indices: ArrayLike<number>): NdArray {
  const { data } = classes;
  if (Array.isArray(data)) {
    const out = new Array(indices.length);
    for (let i = 0; i < indices.length; i++) out[i] = data[indices[i]];
    return new NdArray(classes.dtype, [indices.length], out);
  }
  const out = new (data.constructor as new (length: number) => Exclude<NdData, unknown[]>)(indices.length);
  for (let i = 0; i < indices.length; i++) out[i] = data[indices[i]];
  return new NdArray(classes.dtype, [indices.length], out);
}

/** For each row of a row-major table the column of the largest value, the first of equals, as `numpy.argmax`. */
export function argmaxRows(data: Float64Array, rows: number, cols: number): Int32Array {
  const out = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = row * cols;
    let best = 0;
    for (let col = 1; col < cols; col++) {
      // NaN is the largest to numpy.argmax
      if (Number.isNaN(data[from + best])) break;
      if (data[from + col] > data[from + best] || Number.isNaN(data[from + col])) best = col;
    }
    out[row] = best;
  }
  return out;
}

/** An int64 array. */
export function int64Array(values: ArrayLike<number>): NdArray {
  const out = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = BigInt(values[i]);
  return new NdArray({ kind: 'i', itemSize: 8 }, [values.length], out);
}

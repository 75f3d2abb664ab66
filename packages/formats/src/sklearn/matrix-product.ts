import type { NdArray } from '../numpy/ndarray.ts';
import type { Matrix, SparseMatrix } from './estimator.ts';
import type { Dense } from './fitted.ts';

/** `x @ right.T`, row-major [rows, right.rows]; a sparse x is not made dense. */
export function timesTransposed(x: Matrix | SparseMatrix, right: Dense): Float64Array {
  const { rows: outputs, cols } = right;
  const out = new Float64Array(x.rows * outputs);
  for (let row = 0; row < x.rows; row++) {
    for (let output = 0; output < outputs; output++) {
      const base = output * cols;
      let sum = 0;
      if (x.kind === 'sparse') {
        for (let at = x.indptr[row]; at < x.indptr[row + 1]; at++) sum += x.data[at] * right.data[base + x.indices[at]];
      } else {
        const from = row * cols;
        for (let col = 0; col < cols; col++) sum += x.data[from + col] * right.data[base + col];
      }
      out[row * outputs + output] = sum;
    }
  }
  return out;
}

/** The transposed matrix. */
export function transpose({ rows, cols, data }: Dense): Dense {
  const out = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) out[col * rows + row] = data[row * cols + col];
  }
  return { rows: cols, cols: rows, data: out };
}

/** The first `count` columns. */
export function firstColumns({ rows, cols, data }: Dense, count: number): Dense {
  const width = Math.min(count, cols);
  const out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) out.set(data.subarray(row * cols, row * cols + width), row * width);
  return { rows, cols: width, data: out };
}

/** The sum of squares of each row. */
export function squaredNorms(x: Matrix | SparseMatrix | Dense): Float64Array {
  const out = new Float64Array(x.rows);
  for (let row = 0; row < x.rows; row++) {
    const sparse = 'kind' in x && x.kind === 'sparse';
    const from = sparse ? x.indptr[row] : row * x.cols;
    const to = sparse ? x.indptr[row + 1] : from + x.cols;
    let sum = 0;
    for (let at = from; at < to; at++) sum += x.data[at] * x.data[at];
    out[row] = sum;
  }
  return out;
}

/** Whether a fitted array is float32: what scikit-learn computes of such arrays alone is rounded to it. */
export function isFloat32({ dtype }: NdArray): boolean {
  return dtype.kind === 'f' && dtype.itemSize === 4;
}

/** The values, each rounded to float32 where that is what numpy would hold. */
export function roundedWhere(float32: boolean, data: Float64Array): Float64Array {
  return float32 ? data.map(Math.fround) : data;
}

/** Whether numpy would compute in float32: the input and the fitted array both are. */
export function bothFloat32(x: { dtype: Matrix['dtype'] }, parameter: NdArray): boolean {
  return x.dtype === 'float32' && isFloat32(parameter);
}

/** For each row the log of the sum of exponentials. */
export function logSumExpRows(data: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let max = -Infinity;
    for (let col = 0; col < cols; col++) max = Math.max(max, data[row * cols + col]);
    const shift = Number.isFinite(max) ? max : 0;
    let sum = 0;
    for (let col = 0; col < cols; col++) sum += Math.exp(data[row * cols + col] - shift);
    out[row] = Math.log(sum) + shift;
  }
  return out;
}

import { invalidInput } from '@berth/inference';
import { checkFinite, densify, frameToMatrix } from './dense.ts';
import type { Matrix, SparseMatrix, Table } from './estimator.ts';

/** Cells that a sparse input may have when it has to be made dense (1 GiB of float64). */
const MAX_DENSE_CELLS = 2 ** 27;

/**
 * Any table as numbers, not yet checked for NaN: text that reads as a number is one, None is NaN, a sparse matrix is made
 * dense.
 * @throws InferenceError INVALID_INPUT that names row and column of what is no number, or the wrong number of columns.
 */
export function toMatrix(x: Table, className: string, cols?: number): Matrix {
  const matrix = x.kind === 'matrix' ? x : x.kind === 'sparse' ? sparseToDense(x) : frameToMatrix(x, className);
  checkColumns(matrix, className, cols);
  return matrix;
}

/** As {@link toMatrix}, and sparse stays sparse. */
export function toNumbers(x: Table, className: string, cols?: number): Matrix | SparseMatrix {
  if (x.kind !== 'sparse') return toMatrix(x, className, cols);
  checkColumns(x, className, cols);
  return x;
}

function checkColumns(x: Matrix | SparseMatrix, className: string, cols: number | undefined): void {
  if (cols !== undefined && x.cols !== cols) {
    throw invalidInput(`X has ${x.cols} features, but ${className} is expecting ${cols} features as input`);
  }
}

/** The same matrix with every cell. @throws InferenceError INVALID_INPUT beyond 2^27 cells. */
export function sparseToDense(x: SparseMatrix): Matrix {
  if (x.rows * x.cols > MAX_DENSE_CELLS) {
    throw invalidInput(`a sparse table of ${x.rows} × ${x.cols} is too large for this model; send fewer rows`);
  }
  return densify(x);
}

/** A dense float64 (or, where `like` is float32, rounded float32) matrix. */
export function matrixLike(like: { dtype: Matrix['dtype'] }, rows: number, cols: number, data: Float64Array): Matrix {
  if (like.dtype !== 'float32') return { kind: 'matrix', rows, cols, data, dtype: 'float64' };
  for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]);
  return { kind: 'matrix', rows, cols, data, dtype: 'float32' };
}

/** Refuses NaN and infinity where scikit-learn does. @throws InferenceError INVALID_INPUT naming row and column. */
export function requireFinite(x: Matrix | SparseMatrix, className: string, allowNaN = false): void {
  checkFinite(x.data, x.kind === 'sparse' ? 0 : x.cols, className, allowNaN, x.kind === 'matrix' ? x.names : undefined);
}

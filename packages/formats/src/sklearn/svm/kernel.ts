import { LoadError } from '@berth/inference';
import { PyObject } from '../../pickle/values.ts';
import type { Matrix, SparseMatrix } from '../estimator.ts';
import type { Dense, Fitted } from '../fitted.ts';
import { readSparse } from '../sparse.ts';

/** Kernel values of one row of X with every support vector, written to `out`. */
export type KernelRow = (x: Matrix | SparseMatrix, row: number, out: Float64Array) => void;

export interface SupportVectors {
  readonly count: number;
  readonly cols: number;
  /** Fitted on a sparse matrix: only then may X be sparse, as in scikit-learn. */
  readonly sparse: boolean;
  readonly kernelRow: KernelRow;
}

interface KernelParameters {
  readonly kernel: string;
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}

/**
 * The support vectors and kernel of a libsvm estimator. The formulas are libsvm's `k_function`: rbf by direct
 * differences, poly by repeated squaring.
 * @throws LoadError UnsupportedModel for precomputed and callable kernels.
 */
export function readSupportVectors(fitted: Fitted): SupportVectors {
  const kernel = fitted.text('kernel');
  if (!['linear', 'poly', 'rbf', 'sigmoid'].includes(kernel)) fitted.unsupported(`kernel="${kernel}"`);
  const parameters: KernelParameters = {
    kernel,
    gamma: kernel === 'linear' ? 0 : fitted.number('_gamma', 'gamma'),
    coef0: fitted.numberOr(0, 'coef0'),
    degree: fitted.numberOr(3, 'degree'),
  };
  const stored = fitted.raw('support_vectors_');
  if (stored instanceof PyObject) {
    const vectors = readSparse(stored);
    if (vectors === undefined)
      throw new LoadError('CorruptModel', `${fitted.className}: "support_vectors_" is no matrix`);
    return {
      count: vectors.rows,
      cols: vectors.cols,
      sparse: true,
      kernelRow: sparseKernel(sortRows(vectors), parameters),
    };
  }
  const vectors = fitted.matrix('support_vectors_');
  return { count: vectors.rows, cols: vectors.cols, sparse: false, kernelRow: denseKernel(vectors, parameters) };
}

function finish({ kernel, gamma, coef0, degree }: KernelParameters): (dot: number) => number {
  if (kernel === 'linear') return (dot) => dot;
  if (kernel === 'poly') return (dot) => wholePower(gamma * dot + coef0, degree);
  if (kernel === 'rbf') return (squared) => Math.exp(-gamma * squared);
  return (dot) => Math.tanh(gamma * dot + coef0);
}

/** libsvm's powi: repeated squaring; a fractional degree is cut, as it is stored in an int. */
function wholePower(base: number, exponent: number): number {
  let factor = base;
  let result = 1;
  for (let left = Math.trunc(exponent); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}

function denseKernel({ rows, cols, data }: Dense, parameters: KernelParameters): KernelRow {
  const done = finish(parameters);
  const distance = parameters.kernel === 'rbf';
  return (x, row, out) => {
    const from = row * cols;
    for (let vector = 0; vector < rows; vector++) {
      const base = vector * cols;
      let sum = 0;
      if (distance) {
        for (let col = 0; col < cols; col++) {
          const difference = x.data[from + col] - data[base + col];
          sum += difference * difference;
        }
      } else {
        for (let col = 0; col < cols; col++) sum += x.data[from + col] * data[base + col];
      }
      out[vector] = done(sum);
    }
  };
}

function sparseKernel(vectors: SparseMatrix, parameters: KernelParameters): KernelRow {
  const done = finish(parameters);
  const combine = parameters.kernel === 'rbf' ? squaredDistance : dotProduct;
  return (x, row, out) => {
    const [indices, values] = rowOf(x, row);
    for (let vector = 0; vector < vectors.rows; vector++) out[vector] = done(combine(indices, values, vectors, vector));
  };
}

/** The non-zero entries of a row, sorted by column. */
function rowOf(x: Matrix | SparseMatrix, row: number): [indices: number[], values: number[]] {
  const indices: number[] = [];
  const values: number[] = [];
  if (x.kind === 'matrix') {
    for (let col = 0; col < x.cols; col++) {
      const value = x.data[row * x.cols + col];
      if (value === 0) continue;
      indices.push(col);
      values.push(value);
    }
    return [indices, values];
  }
  const order = Array.from({ length: x.indptr[row + 1] - x.indptr[row] }, (_, at) => at + x.indptr[row]);
  order.sort((a, b) => x.indices[a] - x.indices[b]);
  for (const at of order) {
    indices.push(x.indices[at]);
    values.push(x.data[at]);
  }
  return [indices, values];
}

function sortRows(vectors: SparseMatrix): SparseMatrix {
  const indices = new Int32Array(vectors.indptr[vectors.rows]);
  const data = new Float64Array(indices.length);
  for (let row = 0; row < vectors.rows; row++) {
    const [columns, values] = rowOf(vectors, row);
    indices.set(columns, vectors.indptr[row]);
    data.set(values, vectors.indptr[row]);
  }
  return { ...vectors, indices, data };
}

function dotProduct(
  indices: readonly number[],
  values: readonly number[],
  vectors: SparseMatrix,
  vector: number,
): number {
  let at = vectors.indptr[vector];
  const end = vectors.indptr[vector + 1];
  let sum = 0;
  for (let i = 0; i < indices.length && at < end; ) {
    const column = vectors.indices[at];
    if (indices[i] === column) sum += values[i++] * vectors.data[at++];
    else if (indices[i] > column) at++;
    else i++;
  }
  return sum;
}

function squaredDistance(
  indices: readonly number[],
  values: readonly number[],
  vectors: SparseMatrix,
  vector: number,
): number {
  let at = vectors.indptr[vector];
  const end = vectors.indptr[vector + 1];
  let sum = 0;
  let i = 0;
  while (i < indices.length || at < end) {
    const mine = i < indices.length ? indices[i] : Infinity;
    const theirs = at < end ? vectors.indices[at] : Infinity;
    const difference = (mine <= theirs ? values[i] : 0) - (theirs <= mine ? vectors.data[at] : 0);
    sum += difference * difference;
    if (mine <= theirs) i++;
    if (theirs <= mine) at++;
  }
  return sum;
}

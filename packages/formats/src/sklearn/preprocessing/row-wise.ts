import { invalidInput } from '@berth/inference';
import type { Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase, sameNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toNumbers } from '../numbers.ts';

const MODULES = ['sklearn.preprocessing._data', 'sklearn.preprocessing.data', 'sklearn.preprocessing'];

type Norm = (values: Float64Array, from: number, to: number) => number;

const norms = new Map<string, Norm>([
  ['l1', (values, from, to) => reduce(values, from, to, (sum, value) => sum + Math.abs(value))],
  ['l2', (values, from, to) => Math.sqrt(reduce(values, from, to, (sum, value) => sum + value * value))],
  ['max', (values, from, to) => reduce(values, from, to, (most, value) => Math.max(most, Math.abs(value)))],
]);

function reduce(
  values: Float64Array,
  from: number,
  to: number,
  step: (accumulated: number, value: number) => number,
): number {
  let accumulated = 0;
  for (let at = from; at < to; at++) accumulated = step(accumulated, values[at]);
  return accumulated;
}

/** The norm `max` up to scikit-learn 0.22: not of absolute values. */
const largest: Norm = (values, from, to) => {
  let most = -Infinity;
  for (let at = from; at < to; at++) most = Math.max(most, values[at]);
  return most;
};

/**
 * Divides each row by its norm; a row of zeros stays one, and since 1.0 (`_handle_zeros_in_scale`) so does a dense row
 * whose norm is under ten times the precision of its floats.
 * @throws LoadError UnsupportedModel for another norm.
 */
export function rowNormalizer(
  norm: string,
  fitted: Fitted,
  version?: string,
): (x: Matrix | SparseMatrix) => Matrix | SparseMatrix {
  const signed = norm === 'max' && !versionAtLeast(version, 0, 23);
  const measure = signed ? largest : norms.get(norm);
  if (measure === undefined) fitted.unsupported(`norm="${norm}"`);
  const sparesSmall = versionAtLeast(version, 1, 0);
  return (x) => {
    const data = x.data.slice();
    const least =
      sparesSmall && x.kind === 'matrix' ? 10 * (x.dtype === 'float32' ? 2 ** -23 : Number.EPSILON) : -Infinity;
    for (let row = 0; row < x.rows; row++) {
      const from = x.kind === 'sparse' ? x.indptr[row] : row * x.cols;
      const to = x.kind === 'sparse' ? x.indptr[row + 1] : from + x.cols;
      const stored = measure(data, from, to);
      const size = signed && to - from < x.cols ? Math.max(stored, 0) : stored;
      if (size === 0 || size < least) continue;
      for (let at = from; at < to; at++) data[at] /= size;
    }
    return withValues(x, data);
  };
}

function withValues(x: Matrix | SparseMatrix, data: Float64Array): Matrix | SparseMatrix {
  if (x.kind === 'matrix') return matrixLike(x, x.rows, x.cols, data);
  return { ...x, data, dtype: x.dtype === 'float32' ? 'float32' : 'float64' };
}

const normalizer: EstimatorClass = {
  modules: MODULES,
  name: 'Normalizer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const normalize = rowNormalizer(fitted.text('norm', 'l2'), fitted, context.version);
    const base = estimatorBase(fitted, 'transformer');
    return {
      ...base,
      featureNamesOut: sameNames,
      transform(table: Table): Table {
        const x = toNumbers(table, base.className, base.nFeaturesIn);
        requireFinite(x, base.className);
        return normalize(x);
      },
    };
  },
};

const binarizer: EstimatorClass = {
  modules: MODULES,
  name: 'Binarizer',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const threshold = fitted.numberOr(0, 'threshold');
    const base = estimatorBase(fitted, 'transformer');
    return {
      ...base,
      featureNamesOut: sameNames,
      transform(table: Table): Table {
        const x = toNumbers(table, base.className, base.nFeaturesIn);
        requireFinite(x, base.className);
        if (x.kind === 'sparse' && threshold < 0) {
          throw invalidInput('Binarizer cannot binarize a sparse matrix with threshold < 0');
        }
        return { ...x, data: x.data.map((value) => (value > threshold ? 1 : 0)) };
      },
    };
  },
};

export const rowWiseClasses: readonly EstimatorClass[] = [normalizer, binarizer];

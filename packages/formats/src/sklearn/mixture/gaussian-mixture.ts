import type { Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { isFloat32, logSumExpRows, roundedWhere, squaredNorms, timesTransposed } from '../matrix-product.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { argmaxRows, floats, int64s } from '../results.ts';
import { bayesianTerms } from './bayesian-terms.ts';

/** Squared Mahalanobis distances [rows, components], and the log determinant of each component's precision factor. */
interface Shape {
  readonly logDeterminants: Float64Array;
  distances(x: Matrix): Float64Array;
}

/** What is computed of fitted arrays alone is rounded as these are. */
type Round = (value: number) => number;

/** `full` and `tied`: a Cholesky factor of the precision, one for each component or one for all. */
function factorShape(means: Dense, factors: Float64Array, tied: boolean, round: Round): Shape {
  const { rows: components, cols } = means;
  const factorOf = (index: number) =>
    tied ? factors : factors.subarray(index * cols * cols, (index + 1) * cols * cols);
  const shifted = Array.from({ length: components }, (_, index) =>
    product(means.data, index * cols, factorOf(index), cols).map(round),
  );
  return {
    logDeterminants: Float64Array.from({ length: components }, (_, index) => {
      let sum = 0;
      for (let col = 0; col < cols; col++) sum = round(sum + round(Math.log(factorOf(index)[col * cols + col])));
      return sum;
    }),
    distances(x) {
      const out = new Float64Array(x.rows * components);
      for (let row = 0, at = 0; row < x.rows; row++) {
        for (let index = 0; index < components; index++, at++) {
          const y = product(x.data, row * cols, factorOf(index), cols);
          for (let col = 0; col < cols; col++) out[at] += (y[col] - shifted[index][col]) ** 2;
        }
      }
      return out;
    },
  };
}

/** A row times a square matrix. */
function product(rows: Float64Array, from: number, right: Float64Array, cols: number): Float64Array {
  const out = new Float64Array(cols);
  for (let col = 0; col < cols; col++) {
    for (let k = 0; k < cols; k++) out[col] += rows[from + k] * right[k * cols + col];
  }
  return out;
}

/** `diag`: a precision for each component and column. */
function diagonalShape(means: Dense, roots: Float64Array, round: Round): Shape {
  const { rows: components, cols } = means;
  const precisions = roots.map((value) => round(value ** 2));
  const weighted = { ...means, data: means.data.map((value, at) => round(value * precisions[at])) };
  const constant = sums(
    means.data.map((value, at) => round(round(value ** 2) * precisions[at])),
    components,
    cols,
    round,
  );
  return {
    logDeterminants: sums(
      roots.map((value) => round(Math.log(value))),
      components,
      cols,
      round,
    ),
    distances(x) {
      const cross = timesTransposed(x, weighted);
      const squares = timesTransposed(
        {
          ...x,
          data: roundedWhere(
            x.dtype === 'float32',
            x.data.map((value) => value ** 2),
          ),
        },
        { ...means, data: precisions },
      );
      return cross.map((value, at) => constant[at % components] - 2 * value + squares[at]);
    },
  };
}

/** `spherical`: one precision for each component. */
function sphericalShape(means: Dense, roots: Float64Array, round: Round): Shape {
  const { rows: components, cols } = means;
  const precisions = roots.map((value) => round(value ** 2));
  const norms = squaredNorms(means).map(round);
  return {
    logDeterminants: roots.map((value) => round(cols * round(Math.log(value)))),
    distances(x) {
      const xx = roundedWhere(x.dtype === 'float32', squaredNorms(x));
      return timesTransposed(x, means).map((dot, at) => {
        const precision = precisions[at % components];
        return (
          round(norms[at % components] * precision) -
          2 * (dot * precision) +
          xx[Math.floor(at / components)] * precision
        );
      });
    },
  };
}

function sums(data: Float64Array, rows: number, cols: number, round: Round): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let col = 0; col < cols; col++) sum = round(sum + data[row * cols + col]);
    return sum;
  });
}

function readShape(fitted: Fitted, means: Dense): Shape {
  const round = isFloat32(fitted.array('precisions_cholesky_')) ? Math.fround : Number;
  const type = fitted.text('covariance_type', 'full');
  const { rows: components, cols } = means;
  if (type === 'full')
    return factorShape(means, fitted.vector(components * cols * cols, 'precisions_cholesky_'), false, round);
  if (type === 'tied') return factorShape(means, fitted.vector(cols * cols, 'precisions_cholesky_'), true, round);
  if (type === 'diag') return diagonalShape(means, fitted.vector(components * cols, 'precisions_cholesky_'), round);
  if (type === 'spherical') return sphericalShape(means, fitted.vector(components, 'precisions_cholesky_'), round);
  return fitted.unsupported(`covariance_type="${type}"`);
}

/** The component of the largest weighted density; `predict_proba` gives the responsibilities. */
function mixture(name: string, modules: readonly string[]): EstimatorClass {
  return {
    modules,
    name,
    build(object, context): Estimator {
      const fitted = new Fitted(object);
      const means = fitted.matrix('means_');
      const { rows: components, cols } = means;
      const float32 = versionAtLeast(context.version, 1, 6) && fitted.array('means_').dtype.itemSize === 4;
      const shape = readShape(fitted, means);
      const extra =
        name === 'GaussianMixture'
          ? roundedWhere(isFloat32(fitted.array('weights_')), fitted.vector(components, 'weights_').map(Math.log))
          : bayesianTerms(fitted, components, cols);

      function weighted(table: Table): Float64Array {
        const x = toMatrix(table, name, cols);
        requireFinite(x, name);
        const constant = cols * Math.log(2 * Math.PI);
        return shape.distances(x).map((distance, at) => {
          const index = at % components;
          return -0.5 * (constant + distance) + shape.logDeterminants[index] + extra[index];
        });
      }

      return {
        ...estimatorBase(fitted, 'clusterer', cols),
        predict: (x) => int64s([x.rows], argmaxRows(weighted(x), x.rows, components)),
        predictProba(table) {
          const x = toMatrix(table, name);
          const data = weighted(x);
          const norm = logSumExpRows(data, x.rows, components);
          return floats(
            [x.rows, components],
            data.map((value, at) => Math.exp(value - norm[Math.floor(at / components)])),
            float32 && x.dtype === 'float32',
          );
        },
      };
    },
  };
}

/** `sklearn.mixture`. */
export const MIXTURE: readonly EstimatorClass[] = [
  mixture('GaussianMixture', [
    'sklearn.mixture._gaussian_mixture',
    'sklearn.mixture.gaussian_mixture',
    'sklearn.mixture',
  ]),
  mixture('BayesianGaussianMixture', [
    'sklearn.mixture._bayesian_mixture',
    'sklearn.mixture.bayesian_mixture',
    'sklearn.mixture',
  ]),
];

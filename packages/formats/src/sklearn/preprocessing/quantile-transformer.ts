import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, sameNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toNumbers } from '../numbers.ts';
import { normalQuantile } from './normal-quantile.ts';

/** scikit-learn's BOUNDS_THRESHOLD. */
const THRESHOLD = 1e-7;

/** `numpy.interp` for one point: linear between the knots, the end values outside. `xs` ascends. */
export function interpolate(x: number, xs: Float64Array, ys: Float64Array): number {
  const last = xs.length - 1;
  if (x > xs[last]) return ys[last];
  if (x < xs[0]) return ys[0];
  let low = 0;
  let high = last + 1;
  // the last knot that is not above x
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  if (low === last) return ys[last];
  if (xs[low] === x) return ys[low];
  const slope = (ys[low + 1] - ys[low]) / (xs[low + 1] - xs[low]);
  return slope * (x - xs[low]) + ys[low];
}

const negatedReversed = (values: Float64Array) => values.map((value) => -value).reverse();

/**
 * The mean of the interpolations from below and above, so that repeated quantiles land in the middle of their run; the
 * ends are 0 and 1, and for `normal` the normal quantile of that, clipped.
 */
export const quantileTransformer: EstimatorClass = {
  modules: ['sklearn.preprocessing._data', 'sklearn.preprocessing.data', 'sklearn.preprocessing'],
  name: 'QuantileTransformer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const quantiles = fitted.matrix('quantiles_');
    const references = fitted.vector(quantiles.rows, 'references_');
    const normal = fitted.text('output_distribution', 'uniform') === 'normal';
    if (!normal && fitted.text('output_distribution', 'uniform') !== 'uniform') {
      fitted.unsupported(`output_distribution=${fitted.text('output_distribution')}`);
    }
    const knots = Array.from({ length: quantiles.cols }, (_, col) =>
      Float64Array.from({ length: quantiles.rows }, (_row, row) => quantiles.data[row * quantiles.cols + col]),
    );
    const mirrored = knots.map(negatedReversed);
    const mirroredReferences = negatedReversed(references);
    // up to 0.20 a uniform output was clipped as well
    const clipped = normal || !versionAtLeast(context.version, 0, 21);
    const [low, high] = [THRESHOLD - Number.EPSILON, 1 - (THRESHOLD - Number.EPSILON)].map((edge) =>
      normal ? normalQuantile(edge) : edge,
    );

    function transformOne(x: number, col: number): number {
      if (Number.isNaN(x)) return NaN;
      const first = knots[col][0];
      const last = knots[col][quantiles.rows - 1];
      let y = 0.5 * (interpolate(x, knots[col], references) - interpolate(-x, mirrored[col], mirroredReferences));
      if (clipped ? x + THRESHOLD > last : x === last) y = 1;
      if (clipped ? x - THRESHOLD < first : x === first) y = 0;
      const value = normal ? normalQuantile(y) : y;
      return clipped ? Math.min(Math.max(value, low), high) : value;
    }

    const base = estimatorBase(fitted, 'transformer', quantiles.cols);
    return {
      ...base,
      featureNamesOut: sameNames,
      transform(table: Table): Table {
        const x = toNumbers(table, base.className, quantiles.cols);
        requireFinite(x, base.className, true);
        if (x.kind === 'matrix') {
          const data = x.data.map((value, at) => transformOne(value, at % x.cols));
          return matrixLike(x, x.rows, x.cols, data);
        }
        // what a sparse table does not store stays 0
        const data = x.data.map((value, at) => transformOne(value, x.indices[at]));
        return x.dtype === 'float32' ? { ...x, data: data.map(Math.fround) } : { ...x, data, dtype: 'float64' };
      },
    };
  },
};

import { matrix } from '../dense.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { timesTransposed, transpose } from '../matrix-product.ts';
import { requireFinite, toMatrix } from '../numbers.ts';

/** The inverse of a symmetric positive definite matrix, by Gauss and Jordan with the largest pivot. */
function invert({ rows: size, data }: Dense, fitted: Fitted): Dense {
  const work = data.slice();
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) out[i * size + i] = 1;
  for (let pivot = 0; pivot < size; pivot++) {
    let best = pivot;
    for (let row = pivot + 1; row < size; row++) {
      if (Math.abs(work[row * size + pivot]) > Math.abs(work[best * size + pivot])) best = row;
    }
    if (!(Math.abs(work[best * size + pivot]) > 0)) fitted.corrupt('its components give a singular matrix');
    for (const all of [work, out]) {
      const kept = all.slice(pivot * size, (pivot + 1) * size);
      all.copyWithin(pivot * size, best * size, (best + 1) * size);
      all.set(kept, best * size);
    }
    const divisor = work[pivot * size + pivot];
    for (let col = 0; col < size; col++) {
      work[pivot * size + col] /= divisor;
      out[pivot * size + col] /= divisor;
    }
    for (let row = 0; row < size; row++) {
      const factor = work[row * size + pivot];
      if (row === pivot || factor === 0) continue;
      for (let col = 0; col < size; col++) {
        work[row * size + col] -= factor * work[pivot * size + col];
        out[row * size + col] -= factor * out[pivot * size + col];
      }
    }
  }
  return { rows: size, cols: size, data: out };
}

/** The expected factors of each row. */
export const factorAnalysis: EstimatorClass = {
  modules: ['sklearn.decomposition._factor_analysis', 'sklearn.decomposition.factor_analysis', 'sklearn.decomposition'],
  name: 'FactorAnalysis',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const components = fitted.matrix('components_');
    const { rows: factors, cols } = components;
    const mean = fitted.vector(cols, 'mean_');
    const noise = fitted.vector(cols, 'noise_variance_');
    const weighted = { ...components, data: components.data.map((value, at) => value / noise[at % cols]) };
    const precision = timesTransposed(matrix(factors, cols, weighted.data), components);
    for (let i = 0; i < factors; i++) precision[i * factors + i] += 1;
    const covariance = transpose(invert({ rows: factors, cols: factors, data: precision }, fitted));
    return {
      ...estimatorBase(fitted, 'transformer', cols),
      featureNamesOut: numberedNames(fitted.className, factors),
      transform(table: Table): Table {
        const x = toMatrix(table, fitted.className, cols);
        requireFinite(x, fitted.className);
        const centred = matrix(
          x.rows,
          cols,
          x.data.map((value, at) => value - mean[at % cols]),
        );
        const projected = matrix(x.rows, factors, timesTransposed(centred, weighted));
        return matrix(x.rows, factors, timesTransposed(projected, covariance));
      },
    };
  },
};

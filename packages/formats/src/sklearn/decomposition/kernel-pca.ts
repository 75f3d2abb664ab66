import { PyObject } from '../../pickle/values.ts';
import { matrix } from '../dense.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { readPairwiseKernel } from '../kernel/pairwise-kernel.ts';
import { bothFloat32, isFloat32, roundedWhere, timesTransposed, transpose } from '../matrix-product.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';

/** Centred kernel values times the scaled eigenvectors (`alphas_` and `lambdas_` up to 0.24). */
export const kernelPca: EstimatorClass = {
  modules: ['sklearn.decomposition._kernel_pca', 'sklearn.decomposition.kernel_pca', 'sklearn.decomposition'],
  name: 'KernelPCA',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const fit = fitted.matrix('X_fit_');
    const stored = fitted.array('X_fit_');
    const kernel = readPairwiseKernel(fitted, fit, context.version);
    const values = fitted.floats('eigenvalues_', 'lambdas_');
    const vectors = fitted.matrix('eigenvectors_', 'alphas_');
    const centerer = fitted.raw('_centerer');
    if (!(centerer instanceof PyObject)) fitted.corrupt('"_centerer" is missing');
    const centring = new Fitted(centerer as PyObject);
    const rowMeans = centring.vector(fit.rows, 'K_fit_rows_');
    const grandMean = centring.number('K_fit_all_');
    if (vectors.rows !== fit.rows || vectors.cols !== values.length)
      fitted.corrupt('its eigenvectors do not fit its rows');
    const float32 = isFloat32(fitted.array('eigenvectors_', 'alphas_'));
    const roots = roundedWhere(float32, values.map(Math.sqrt));
    const scaled = vectors.data.map((value, at) => {
      const lambda = values[at % values.length];
      return lambda === 0 ? 0 : value / roots[at % values.length];
    });
    const axes = transpose({ ...vectors, data: roundedWhere(float32, scaled) });
    return {
      ...estimatorBase(fitted, 'transformer', fit.cols),
      featureNamesOut: numberedNames(fitted.className, values.length),
      transform(table: Table): Table {
        const x = toMatrix(table, fitted.className, fit.cols);
        requireFinite(x, fitted.className);
        const single = bothFloat32(x, stored);
        const round = single ? Math.fround : (value: number) => value;
        const k = roundedWhere(single, kernel(x));
        for (let row = 0; row < x.rows; row++) {
          const own = k.subarray(row * fit.rows, (row + 1) * fit.rows);
          const mean = round(own.reduce((sum, value) => sum + value, 0) / fit.rows);
          for (let col = 0; col < fit.rows; col++) {
            own[col] = round(round(round(own[col] - rowMeans[col]) - mean) + grandMean);
          }
        }
        const out = timesTransposed(matrix(x.rows, fit.rows, k), axes);
        return matrixLike({ dtype: single ? 'float32' : 'float64' }, x.rows, values.length, out);
      },
    };
  },
};

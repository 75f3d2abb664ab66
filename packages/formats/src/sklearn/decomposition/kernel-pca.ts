import { PyObject } from '../../pickle/values.ts';
import { matrix } from '../dense.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { readPairwiseKernel } from '../kernel/pairwise-kernel.ts';
import { bothFloat32, timesTransposed, transpose } from '../matrix-product.ts';
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
    const scaled = vectors.data.map((value, at) => {
      const lambda = values[at % values.length];
      return lambda === 0 ? 0 : value / Math.sqrt(lambda);
    });
    const axes = transpose({ ...vectors, data: scaled });
    return {
      ...estimatorBase(fitted, 'transformer', fit.cols),
      featureNamesOut: numberedNames(fitted.className, values.length),
      transform(table: Table): Table {
        const x = toMatrix(table, fitted.className, fit.cols);
        requireFinite(x, fitted.className);
        const k = kernel(x);
        for (let row = 0; row < x.rows; row++) {
          const own = k.subarray(row * fit.rows, (row + 1) * fit.rows);
          const mean = own.reduce((sum, value) => sum + value, 0) / fit.rows;
          for (let col = 0; col < fit.rows; col++) own[col] = own[col] - rowMeans[col] - mean + grandMean;
        }
        const out = timesTransposed(matrix(x.rows, fit.rows, k), axes);
        return matrixLike({ dtype: bothFloat32(x, stored) ? 'float32' : 'float64' }, x.rows, values.length, out);
      },
    };
  },
};

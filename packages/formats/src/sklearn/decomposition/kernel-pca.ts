import { PyDict, PyObject } from '../../pickle/values.ts';
import { matrix } from '../dense.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { bothFloat32, squaredNorms, timesTransposed, transpose } from '../matrix-product.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import type { NormOrder } from '../rounded-products.ts';

/** `sklearn.metrics.pairwise` kernels of each row of x with each fitted row. */
function readKernel(fitted: Fitted, fit: Dense, order: NormOrder): (x: ReturnType<typeof toMatrix>) => Float64Array {
  const kernel = fitted.text('kernel', 'linear');
  const gamma = fitted.numberOr(1 / fit.cols, 'gamma_', 'gamma');
  const coef0 = fitted.numberOr(1, 'coef0');
  const degree = fitted.numberOr(3, 'degree');
  if (fitted.raw('kernel_params') instanceof PyDict && fitted.has('kernel_params')) fitted.unsupported('kernel_params');
  switch (kernel) {
    case 'linear':
      return (x) => timesTransposed(x, fit);
    case 'poly':
      return (x) => timesTransposed(x, fit).map((dot) => (gamma * dot + coef0) ** degree);
    case 'sigmoid':
      return (x) => timesTransposed(x, fit).map((dot) => Math.tanh(gamma * dot + coef0));
    case 'rbf':
      return (x) => squaredDistances(x, fit, order).map((distance) => Math.exp(-gamma * distance));
    case 'cosine': {
      const fitNorms = squaredNorms(fit).map((norm) => Math.sqrt(norm) || 1);
      return (x) => {
        const norms = squaredNorms(x).map((norm) => Math.sqrt(norm) || 1);
        return timesTransposed(x, fit).map(
          (dot, at) => dot / norms[Math.floor(at / fit.rows)] / fitNorms[at % fit.rows],
        );
      };
    }
    default:
      return fitted.unsupported(`kernel="${kernel}"`);
  }
}

/** Centred kernel values times the scaled eigenvectors (`alphas_` and `lambdas_` up to 0.24). */
export const kernelPca: EstimatorClass = {
  modules: ['sklearn.decomposition._kernel_pca', 'sklearn.decomposition.kernel_pca', 'sklearn.decomposition'],
  name: 'KernelPCA',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const fit = fitted.matrix('X_fit_');
    const stored = fitted.array('X_fit_');
    const kernel = readKernel(fitted, fit, rowNormOrder(context.version));
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

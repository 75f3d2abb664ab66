import { matrix } from '../dense.ts';
import type { Estimator, EstimatorClass } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { bothFloat32, timesTransposed, transpose } from '../matrix-product.ts';
import { matrixLike, requireFinite, toMatrix, toNumbers } from '../numbers.ts';
import { readPairwiseKernel } from './pairwise-kernel.ts';

/** Kernel values with the chosen rows, times the normalisation. */
const nystroem: EstimatorClass = {
  modules: ['sklearn.kernel_approximation'],
  name: 'Nystroem',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const components = fitted.matrix('components_');
    const stored = fitted.array('components_');
    const kernel = readPairwiseKernel(fitted, components, context.version);
    const normalization = fitted.matrix('normalization_');
    if (normalization.cols !== components.rows) fitted.corrupt('"normalization_" does not fit its components');
    return {
      ...estimatorBase(fitted, 'transformer', components.cols),
      featureNamesOut: numberedNames(fitted.className, normalization.rows),
      transform(table) {
        const x = toMatrix(table, fitted.className, components.cols);
        requireFinite(x, fitted.className);
        const out = timesTransposed(matrix(x.rows, components.rows, kernel(x)), normalization);
        const dtype = bothFloat32(x, stored) ? 'float32' : 'float64';
        return matrixLike({ dtype }, x.rows, normalization.rows, out);
      },
    };
  },
};

/** Cosines of random projections. */
const rbfSampler: EstimatorClass = {
  modules: ['sklearn.kernel_approximation'],
  name: 'RBFSampler',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const stored = fitted.array('random_weights_');
    const weights = transpose(fitted.matrix('random_weights_'));
    const offset = fitted.vector(weights.rows, 'random_offset_');
    const factor = Math.sqrt(2 / fitted.numberOr(weights.rows, 'n_components'));
    return {
      ...estimatorBase(fitted, 'transformer', weights.cols),
      featureNamesOut: numberedNames(fitted.className, weights.rows),
      transform(table) {
        const x = toNumbers(table, fitted.className, weights.cols);
        requireFinite(x, fitted.className);
        const out = timesTransposed(x, weights).map(
          (value, at) => Math.cos(value + offset[at % weights.rows]) * factor,
        );
        const dtype = bothFloat32(x, stored) ? 'float32' : 'float64';
        return matrixLike({ dtype }, x.rows, weights.rows, out);
      },
    };
  },
};

export const kernelApproximationClasses: readonly EstimatorClass[] = [nystroem, rbfSampler];

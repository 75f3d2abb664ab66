import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { bothFloat32, timesTransposed } from '../matrix-product.ts';
import { matrixLike, requireFinite, toNumbers } from '../numbers.ts';
import { toSparse } from '../preprocessing/polynomial-features.ts';

/** The numbers of dense directions, or those that sparse ones keep. */
function valuesOf(components: PyValue | undefined): PyValue | undefined {
  return components instanceof PyObject ? components.get('data') : components;
}

/** The product with fixed random directions, dense or sparse; sparse rows stay sparse unless `dense_output`. */
function projection(name: string): EstimatorClass {
  return {
    modules: ['sklearn.random_projection'],
    name,
    build(object): Estimator {
      const fitted = new Fitted(object);
      const components = fitted.matrix('components_');
      const stored = valuesOf(fitted.raw('components_'));
      const keepsSparse = name === 'SparseRandomProjection' && !fitted.flag('dense_output', false);
      return {
        ...estimatorBase(fitted, 'transformer', components.cols),
        featureNamesOut: numberedNames(name, components.rows),
        transform(table) {
          const x = toNumbers(table, name, components.cols);
          requireFinite(x, name);
          const float32 = stored instanceof NdArray && bothFloat32(x, stored);
          const out = timesTransposed(x, components);
          const result = matrixLike({ dtype: float32 ? 'float32' : 'float64' }, x.rows, components.rows, out);
          return x.kind === 'sparse' && keepsSparse ? toSparse(result) : result;
        },
      };
    },
  };
}

/** `sklearn.random_projection`. */
export const RANDOM_PROJECTION: readonly EstimatorClass[] = [
  projection('GaussianRandomProjection'),
  projection('SparseRandomProjection'),
];

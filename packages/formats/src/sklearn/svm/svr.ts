import { float64Array, type NdArray } from '../../numpy/ndarray.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { int64s } from '../results.ts';
import { readSupportVectors } from './kernel.ts';
import { svmInput } from './svc.ts';

const MODULES = ['sklearn.svm._classes', 'sklearn.svm.classes', 'sklearn.svm'];

/** The weighted sum of kernel values plus intercept: what libsvm gives for one-class and regression machines. */
function readSum(fitted: Fitted): { cols: number; evaluate(x: Table): Float64Array } {
  const vectors = readSupportVectors(fitted);
  const dual = fitted.matrix('_dual_coef_', 'dual_coef_');
  if (dual.data.length !== vectors.count) {
    fitted.corrupt(`"dual_coef_" has ${dual.data.length} elements for ${vectors.count} support vectors`);
  }
  const [intercept] = fitted.vector(1, '_intercept_', 'intercept_');
  return {
    cols: vectors.cols,
    evaluate(table) {
      const x = svmInput(table, vectors, fitted.className);
      const values = new Float64Array(vectors.count);
      const out = new Float64Array(x.rows);
      for (let row = 0; row < x.rows; row++) {
        vectors.kernelRow(x, row, values);
        let sum = 0;
        for (let k = 0; k < values.length; k++) sum += dual.data[k] * values[k];
        out[row] = sum + intercept;
      }
      return out;
    },
  };
}

function regressor(name: string): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build(object): Estimator {
      const { cols, evaluate } = readSum(new Fitted(object));
      const predict = (x: Table): NdArray => {
        const data = evaluate(x);
        return float64Array([data.length], data);
      };
      return { className: name, kind: 'regressor', nFeaturesIn: cols, predict };
    },
  };
}

/** 1 for inside, -1 for outside. */
function signs(values: Float64Array): NdArray {
  return int64s(
    [values.length],
    values.map((value) => (value > 0 ? 1 : -1)),
  );
}

const oneClass: EstimatorClass = {
  modules: MODULES,
  name: 'OneClassSVM',
  build(object, context): Estimator {
    const { cols, evaluate } = readSum(new Fitted(object));
    const flat = versionAtLeast(context.version, 0, 20);
    return {
      className: 'OneClassSVM',
      kind: 'outlier',
      nFeaturesIn: cols,
      predict: (x) => signs(evaluate(x)),
      decisionFunction(x) {
        const data = evaluate(x);
        return float64Array(flat ? [data.length] : [data.length, 1], data);
      },
    };
  },
};

export const svrClasses: readonly EstimatorClass[] = [regressor('SVR'), regressor('NuSVR'), oneClass];

import { NdArray } from '../../numpy/ndarray.ts';
import type { Estimator, EstimatorClass } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { bothFloat32, isFloat32 } from '../matrix-product.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { floats } from '../results.ts';
import { readPairwiseKernel } from './pairwise-kernel.ts';

/** Kernel values times the dual coefficients. */
export const kernelRidge: EstimatorClass = {
  modules: ['sklearn.kernel_ridge'],
  name: 'KernelRidge',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const fit = fitted.matrix('X_fit_');
    const fitRows = fitted.raw('X_fit_');
    const kernel = readPairwiseKernel(fitted, fit, context.version);
    const stored = fitted.array('dual_coef_');
    const dual = fitted.floats('dual_coef_');
    const outputs = stored.shape.length === 1 ? 1 : stored.shape[1];
    if (dual.length !== fit.rows * outputs) fitted.corrupt('"dual_coef_" does not fit its rows');
    return {
      ...estimatorBase(fitted, 'regressor', fit.cols),
      outputs,
      predict(table) {
        const x = toMatrix(table, fitted.className, fit.cols);
        requireFinite(x, fitted.className);
        const values = kernel(x);
        const out = new Float64Array(x.rows * outputs);
        for (let row = 0; row < x.rows; row++) {
          for (let other = 0; other < fit.rows; other++) {
            for (let output = 0; output < outputs; output++) {
              out[row * outputs + output] += values[row * fit.rows + other] * dual[other * outputs + output];
            }
          }
        }
        return floats(
          stored.shape.length === 1 ? [x.rows] : [x.rows, outputs],
          out,
          bothFloat32(x, stored) && fitRows instanceof NdArray && isFloat32(fitRows),
        );
      },
    };
  },
};

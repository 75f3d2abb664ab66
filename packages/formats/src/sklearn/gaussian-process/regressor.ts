import type { Estimator, EstimatorClass } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { floats } from '../results.ts';
import { readCovariance } from './covariance-kernel.ts';

/** A number for each target: one that the file has for all, or one each. */
function perTarget(fitted: Fitted, name: string, targets: number, fallback: number): Float64Array {
  const stored = fitted.floatsOr(name) ?? Float64Array.of(fallback);
  return stored.length === targets ? stored : new Float64Array(targets).fill(stored[0] ?? fallback);
}

/** The mean of the posterior: covariances with the training rows times `alpha_`, back in the units of y. */
const regressor: EstimatorClass = {
  modules: ['sklearn.gaussian_process._gpr', 'sklearn.gaussian_process.gpr', 'sklearn.gaussian_process'],
  name: 'GaussianProcessRegressor',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const fit = fitted.matrix('X_train_');
    const covariance = readCovariance(fitted.raw('kernel_'), fit, fitted);
    const stored = fitted.array('alpha_');
    const alpha = fitted.floats('alpha_');
    const targets = stored.shape.length === 1 ? 1 : stored.shape[1];
    if (alpha.length !== fit.rows * targets) fitted.corrupt('"alpha_" does not fit its rows');
    const mean = perTarget(fitted, '_y_train_mean', targets, 0);
    const spread = perTarget(fitted, '_y_train_std', targets, 1);
    return {
      ...estimatorBase(fitted, 'regressor', fit.cols),
      outputs: targets,
      predict(table) {
        const x = toMatrix(table, fitted.className, fit.cols);
        requireFinite(x, fitted.className);
        const row = new Float64Array(fit.rows);
        const out = new Float64Array(x.rows * targets);
        for (let i = 0; i < x.rows; i++) {
          covariance(x.data, i * x.cols, row);
          for (let target = 0; target < targets; target++) {
            let sum = 0;
            for (let k = 0; k < fit.rows; k++) sum += row[k] * alpha[k * targets + target];
            out[i * targets + target] = spread[target] * sum + mean[target];
          }
        }
        return floats(targets === 1 ? [x.rows] : [x.rows, targets], out);
      },
    };
  },
};

/** `sklearn.gaussian_process`, the regressor. */
export const GAUSSIAN_PROCESS: readonly EstimatorClass[] = [regressor];

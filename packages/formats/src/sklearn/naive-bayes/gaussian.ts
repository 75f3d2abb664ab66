import type { EstimatorClass, Table } from '../estimator.ts';
import { Fitted } from '../fitted.ts';
import { isFloat32 } from '../matrix-product.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { naiveBayes } from './joint-likelihood.ts';

/** Independent normal distributions of each class; the variances were `sigma_` up to 0.24. */
export const gaussianNB: EstimatorClass = {
  modules: ['sklearn.naive_bayes'],
  name: 'GaussianNB',
  build(object) {
    const fitted = new Fitted(object);
    const means = fitted.matrix('theta_');
    const { rows: classes, cols } = means;
    const variances = fitted.vector(classes * cols, 'var_', 'sigma_');
    const prior = fitted.vector(classes, 'class_prior_');
    // Its parts are summed with the row's: rounded as numpy has them where it was trained on float32.
    const float32 = isFloat32(fitted.array('theta_'));
    const round = float32 ? Math.fround : Number;
    const logPrior = prior.map((value) => round(Math.log(value)));
    const constant = prior.map((_, index) => {
      let logs = 0;
      for (let col = 0; col < cols; col++) {
        logs = round(logs + round(Math.log(round(round(2 * Math.PI) * variances[index * cols + col]))));
      }
      return -0.5 * logs;
    });
    const joint = (table: Table) => {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      const out = new Float64Array(x.rows * classes);
      for (let row = 0, at = 0; row < x.rows; row++) {
        for (let index = 0; index < classes; index++, at++) {
          let sum = 0;
          for (let col = 0; col < cols; col++) {
            const difference = x.data[row * cols + col] - means.data[index * cols + col];
            sum += (difference * difference) / variances[index * cols + col];
          }
          out[at] = logPrior[index] + (constant[index] - 0.5 * sum);
        }
      }
      return out;
    };
    return naiveBayes(
      fitted,
      classes,
      cols,
      joint,
      (table) => float32 && toMatrix(table, fitted.className).dtype === 'float32',
    );
  },
};

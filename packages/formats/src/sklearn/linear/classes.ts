import type { EstimatorClass } from '../estimator.ts';
import { logisticRegression, logisticRegressionCv } from './logistic.ts';

/** `sklearn.linear_model`. */
export const LINEAR: readonly EstimatorClass[] = [logisticRegression, logisticRegressionCv];

import type { EstimatorClass } from '../estimator.ts';
import { MARGIN_CLASSIFIERS } from './classifier.ts';
import { GENERALISED } from './glm.ts';
import { LOGISTIC } from './logistic.ts';
import { PARTIAL_LEAST_SQUARES } from './pls.ts';
import { ransacRegressor } from './ransac.ts';
import { REGRESSORS } from './regressor.ts';
import { RIDGE_CLASSIFIERS } from './ridge-classifier.ts';
import { SGD } from './sgd.ts';

/** `sklearn.linear_model`, with LinearSVC and LinearSVR and the partial least squares. */
export const LINEAR: readonly EstimatorClass[] = [
  ...LOGISTIC,
  ...MARGIN_CLASSIFIERS,
  ...RIDGE_CLASSIFIERS,
  ...SGD,
  ...REGRESSORS,
  ...GENERALISED,
  ransacRegressor,
  ...PARTIAL_LEAST_SQUARES,
];

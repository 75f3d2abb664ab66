import type { EstimatorClass } from '../estimator.ts';
import { eliminatorClasses } from './eliminators.ts';
import { selectFromModel } from './select-from-model.ts';
import { univariateClasses } from './univariate.ts';

/** `sklearn.feature_selection`. */
export const FEATURE_SELECTION: readonly EstimatorClass[] = [
  ...univariateClasses,
  selectFromModel,
  ...eliminatorClasses,
];

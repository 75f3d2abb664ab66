import type { EstimatorClass } from '../estimator.ts';
import { iterativeImputer } from './iterative-imputer.ts';
import { knnImputer } from './knn-imputer.ts';
import { missingIndicator } from './missing-indicator.ts';
import { simpleImputerClasses } from './simple-imputer.ts';

/** `sklearn.impute`. */
export const IMPUTE: readonly EstimatorClass[] = [
  ...simpleImputerClasses,
  missingIndicator,
  knnImputer,
  iterativeImputer,
];

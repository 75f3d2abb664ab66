import type { EstimatorClass } from '../estimator.ts';
import { kMeansClasses } from './k-means.ts';
import { nearestCenterClasses } from './nearest-center.ts';

/** `sklearn.cluster`, the clusterers that can predict. */
export const CLUSTER: readonly EstimatorClass[] = [...kMeansClasses, ...nearestCenterClasses];

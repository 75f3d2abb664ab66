import type { EstimatorClass } from '../estimator.ts';
import { bisectingKMeans } from './bisecting-k-means.ts';
import { kMeansClasses } from './k-means.ts';
import { nearestCenterClasses } from './nearest-center.ts';

/** `sklearn.cluster`, the clusterers that can predict. */
export const CLUSTER: readonly EstimatorClass[] = [...kMeansClasses, bisectingKMeans, ...nearestCenterClasses];

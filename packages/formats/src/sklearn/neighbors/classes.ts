import type { EstimatorClass } from '../estimator.ts';
import { kNeighborsClasses } from './k-neighbors.ts';
import { localOutlierFactor } from './local-outlier-factor.ts';
import { nearestCentroid } from './nearest-centroid.ts';
import { radiusNeighborsClasses } from './radius-neighbors.ts';

/** `sklearn.neighbors`. */
export const NEIGHBORS: readonly EstimatorClass[] = [
  ...kNeighborsClasses,
  ...radiusNeighborsClasses,
  nearestCentroid,
  localOutlierFactor,
];

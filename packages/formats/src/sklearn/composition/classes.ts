import type { EstimatorClass } from '../estimator.ts';
import { columnTransformer } from './column-transformer.ts';
import { featureUnion } from './feature-union.ts';
import { functionTransformer } from './function-transformer.ts';
import { pipeline } from './pipeline.ts';
import { SEARCHES } from './search.ts';

/** Estimators made of estimators. */
export const COMPOSITION: readonly EstimatorClass[] = [
  pipeline,
  columnTransformer,
  featureUnion,
  functionTransformer,
  ...SEARCHES,
];

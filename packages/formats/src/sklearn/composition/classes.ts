import type { EstimatorClass } from '../estimator.ts';
import { constantPredictor } from './binary-scores.ts';
import { CHAINS } from './chain.ts';
import { columnTransformer } from './column-transformer.ts';
import { featureUnion } from './feature-union.ts';
import { functionTransformer } from './function-transformer.ts';
import { MULTI_OUTPUT } from './multi-output.ts';
import { oneVsOne } from './one-vs-one.ts';
import { oneVsRest } from './one-vs-rest.ts';
import { outputCode } from './output-code.ts';
import { imbalancedPipeline, pipeline } from './pipeline.ts';
import { SEARCHES } from './search.ts';
import { transformedTarget } from './transformed-target.ts';

/** Estimators made of estimators. */
export const COMPOSITION: readonly EstimatorClass[] = [
  pipeline,
  imbalancedPipeline,
  columnTransformer,
  featureUnion,
  functionTransformer,
  transformedTarget,
  ...SEARCHES,
  ...MULTI_OUTPUT,
  ...CHAINS,
  oneVsRest,
  oneVsOne,
  outputCode,
  constantPredictor,
];

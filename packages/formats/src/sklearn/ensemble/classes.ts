import { calibratedClassifier } from '../calibration/calibrated-classifier.ts';
import { thresholdClassifiers } from '../calibration/threshold-classifier.ts';
import { dummyClassifier } from '../dummy/dummy-classifier.ts';
import { dummyRegressor } from '../dummy/dummy-regressor.ts';
import type { EstimatorClass } from '../estimator.ts';
import { frozenEstimator } from '../frozen.ts';
import { isotonicRegression } from '../isotonic.ts';
import { decisionTrees } from '../tree/decision-tree.ts';
import { adaBoostClassifier } from './adaboost-classifier.ts';
import { adaBoostRegressor } from './adaboost-regressor.ts';
import { bagging } from './bagging.ts';
import { forests } from './forest.ts';
import { gradientBoosting } from './gradient-boosting.ts';
import { histGradientBoosting } from './hist/hist-gradient-boosting.ts';
import { isolationForest } from './isolation-forest.ts';
import { randomTreesEmbedding } from './random-trees-embedding.ts';
import { stacking } from './stacking.ts';
import { voting } from './voting.ts';

/** Trees and everything that is made of other estimators' votes. */
export const ENSEMBLES: readonly EstimatorClass[] = [
  ...decisionTrees,
  ...forests,
  ...gradientBoosting,
  ...histGradientBoosting,
  randomTreesEmbedding,
  adaBoostClassifier,
  adaBoostRegressor,
  ...bagging,
  ...voting,
  ...stacking,
  isolationForest,
  calibratedClassifier,
  ...thresholdClassifiers,
  frozenEstimator,
  dummyClassifier,
  dummyRegressor,
  isotonicRegression,
];

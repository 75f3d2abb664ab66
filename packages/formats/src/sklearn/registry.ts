import { LIGHTGBM } from './boosters/lightgbm.ts';
import { XGBOOST } from './boosters/xgboost.ts';
import { CLUSTER } from './cluster/classes.ts';
import { COMPOSITION } from './composition/classes.ts';
import { COVARIANCE } from './covariance/elliptic-envelope.ts';
import { DECOMPOSITION } from './decomposition/classes.ts';
import { DISCRIMINANT_ANALYSIS } from './discriminant-analysis/classes.ts';
import { ENSEMBLES } from './ensemble/classes.ts';
import type { EstimatorClass } from './estimator.ts';
import { FEATURE_EXTRACTION } from './feature-extraction/classes.ts';
import { FEATURE_SELECTION } from './feature-selection/classes.ts';
import { GAUSSIAN_PROCESS } from './gaussian-process/regressor.ts';
import { IMPUTE } from './impute/classes.ts';
import { KERNEL } from './kernel/classes.ts';
import { LINEAR } from './linear/classes.ts';
import { MIXTURE } from './mixture/gaussian-mixture.ts';
import { NAIVE_BAYES } from './naive-bayes/classes.ts';
import { NEIGHBORS } from './neighbors/classes.ts';
import { NEURAL_NETWORK } from './neural-network/mlp.ts';
import { PREPROCESSING } from './preprocessing/classes.ts';
import { RANDOM_PROJECTION } from './random-projection/random-projection.ts';
import { SEMI_SUPERVISED } from './semi-supervised/classes.ts';
import { SVM } from './svm/classes.ts';

/** Every class with a native evaluator; a family adds one line. */
const FAMILIES: readonly (readonly EstimatorClass[])[] = [
  COMPOSITION,
  XGBOOST,
  LIGHTGBM,
  LINEAR,
  ENSEMBLES,
  SVM,
  PREPROCESSING,
  IMPUTE,
  FEATURE_EXTRACTION,
  FEATURE_SELECTION,
  NAIVE_BAYES,
  DISCRIMINANT_ANALYSIS,
  NEURAL_NETWORK,
  CLUSTER,
  DECOMPOSITION,
  MIXTURE,
  NEIGHBORS,
  KERNEL,
  GAUSSIAN_PROCESS,
  RANDOM_PROJECTION,
  COVARIANCE,
  SEMI_SUPERVISED,
];

const CLASSES: ReadonlyMap<string, EstimatorClass> = new Map(
  FAMILIES.flat().flatMap((entry) => entry.modules.map((module) => [`${module}.${entry.name}`, entry] as const)),
);

/** The class of that name in any module that ever held it. */
export function findEstimatorClass(module: string, name: string): EstimatorClass | undefined {
  return CLASSES.get(`${module}.${name}`);
}

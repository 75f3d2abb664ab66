import type { EstimatorClass } from './estimator.ts';
import { IMPUTE } from './impute/classes.ts';
import { LINEAR } from './linear/classes.ts';
import { PREPROCESSING } from './preprocessing/classes.ts';
import { SVM } from './svm/classes.ts';

/** Every class with a native evaluator; a family adds one line. */
const FAMILIES: readonly (readonly EstimatorClass[])[] = [LINEAR, SVM, PREPROCESSING, IMPUTE];

const CLASSES: ReadonlyMap<string, EstimatorClass> = new Map(
  FAMILIES.flat().flatMap((entry) => entry.modules.map((module) => [`${module}.${entry.name}`, entry] as const)),
);

/** The class of that name in any module that ever held it. */
export function findEstimatorClass(module: string, name: string): EstimatorClass | undefined {
  return CLASSES.get(`${module}.${name}`);
}

/** The names of all classes with a native evaluator. */
export function supportedClasses(): readonly string[] {
  return [...new Set([...CLASSES.values()].map((entry) => entry.name))].sort();
}

import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { argmaxRows, floats, logOf, takeLabels } from '../results.ts';
import { type LinearWeights, linearProduct, readWeights } from './product.ts';

/** Scores `[rows, outputs]` turned into probabilities `[rows, classes]`; may use the scores' own memory. */
export type Probability = (scores: Float64Array, rows: number, outputs: number, float32: boolean) => Float64Array;

/**
 * A classifier by the side of a plane, or the largest of several scores (sklearn `linear_model/_base.py`,
 * LinearClassifierMixin). One row of weights means two classes.
 */
export function linearClassifier(
  attributes: Attributes,
  classes: NdArray,
  probability?: Probability,
  weights: LinearWeights = readWeights(attributes),
): Estimator {
  const { className } = attributes;
  const { outputs } = weights;
  const binary = outputs === 1;
  if (binary ? classes.size > 2 : outputs !== classes.size) throw attributes.corrupt('coef_', 'does not fit classes_');
  const classCount = binary ? 2 : outputs;
  const predictProba =
    probability === undefined
      ? undefined
      : (x: Table): NdArray => {
          const { data, rows, float32 } = linearProduct(x, weights, className);
          return floats([rows, classCount], probability(data, rows, outputs, float32), float32);
        };
  return {
    className,
    kind: 'classifier',
    nFeaturesIn: weights.features,
    ...attributes.inputFacts(),
    classes: [classes],
    decisionFunction: (x) => {
      const { data, rows, float32 } = linearProduct(x, weights, className);
      return floats(binary ? [rows] : [rows, outputs], data, float32);
    },
    predict: (x) => {
      const { data, rows } = linearProduct(x, weights, className);
      if (!binary) return takeLabels(classes, argmaxRows(data, rows, outputs));
      const indices = new Int32Array(rows);
      for (let i = 0; i < rows; i++) indices[i] = data[i] > 0 ? 1 : 0;
      return takeLabels(classes, indices);
    },
    ...(predictProba === undefined ? {} : { predictProba, predictLogProba: (x: Table) => logOf(predictProba(x)) }),
  };
}

function classifier(name: string, ...modules: string[]): EstimatorClass {
  return {
    modules: modules.map((module) => `sklearn.${module}`),
    name,
    build: (object) => {
      const attributes = new Attributes(object);
      return linearClassifier(attributes, attributes.array('classes_'));
    },
  };
}

/** Classifiers that have scores and no probabilities. */
export const MARGIN_CLASSIFIERS: readonly EstimatorClass[] = [
  classifier('LinearSVC', 'svm._classes', 'svm.classes'),
  classifier('Perceptron', 'linear_model._perceptron', 'linear_model.perceptron'),
  classifier('PassiveAggressiveClassifier', 'linear_model._passive_aggressive', 'linear_model.passive_aggressive'),
];

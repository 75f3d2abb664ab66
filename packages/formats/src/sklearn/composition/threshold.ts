import { LoadError } from '@berth/inference';
import type { NdArray } from '../../numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { takeLabels } from '../results.ts';
import { columnOf } from './targets.ts';

const MODULES = ['sklearn.model_selection._classification_threshold'];

/** Metrics whose positive label is 1 unless they are told another. */
const POSITIVE_IS_ONE = /^(f1|fbeta|precision|recall|jaccard|average_precision)_score$/;

/**
 * sklearn `model_selection/_classification_threshold.py`: a binary classifier that answers by a threshold of its own,
 * given (FixedThresholdClassifier) or found (TunedThresholdClassifierCV).
 */
function thresholded(name: string): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build: (object, context) => {
      const attributes = new Attributes(object);
      const inner = context.build(
        object.get('estimator_') ?? attributes.value('estimator'),
        `the classifier of ${name}`,
      );
      const classes = inner.classes?.[0];
      if (classes?.size !== 2) throw new LoadError('CorruptModel', `${name} needs a classifier of two classes`);
      const method = object.get('response_method') ?? 'auto';
      const byProbability = method === 'predict_proba' || (method === 'auto' && inner.predictProba !== undefined);
      const positive = positiveIndex(object, classes);
      const threshold = thresholdOf(attributes, byProbability);
      const scores = (x: Table): Float64Array => {
        if (byProbability) return columnOf(inner.predictProba?.(x) as NdArray, positive);
        const decision = (inner.decisionFunction as (x: Table) => NdArray)(x).toFloat64();
        return positive === 1 ? decision : decision.map((value) => -value);
      };
      return {
        ...inner,
        className: name,
        predict: (x) =>
          takeLabels(
            classes,
            Int8Array.from(scores(x), (score) => (score >= threshold ? positive : 1 - positive)),
          ),
        describe: () => `${name}(${inner.describe?.() ?? inner.className})`,
      };
    },
  };
}

function thresholdOf(attributes: Attributes, byProbability: boolean): number {
  const { object } = attributes;
  if (object.get('threshold') === 'auto') return byProbability ? 0.5 : 0;
  return attributes.number(object.type.name === 'FixedThresholdClassifier' ? 'threshold' : 'best_threshold_');
}

/** Which class counts as positive: the one that the classifier or the tuning metric names, else the second. */
function positiveIndex(object: PyObject, classes: NdArray): number {
  const label = object.get('pos_label') ?? scorerLabel(object.get('_curve_scorer'));
  if (label === undefined || label === null) return 1;
  const wanted = typeof label === 'bigint' ? Number(label) : label;
  const index = Array.from(classes.data as ArrayLike<PyValue>).findIndex(
    (one) => (typeof one === 'bigint' ? Number(one) : one) === wanted,
  );
  return index === 0 ? 0 : 1;
}

function scorerLabel(scorer: PyValue | undefined): PyValue | undefined {
  if (!(scorer instanceof PyObject)) return undefined;
  const keywords = scorer.get('_kwargs');
  if (keywords instanceof PyDict && keywords.has('pos_label')) return keywords.get('pos_label');
  const metric = scorer.get('_score_func');
  return metric instanceof PyGlobal && POSITIVE_IS_ONE.test(metric.name) ? 1 : undefined;
}

/** An estimator that answers as the one it holds. */
function holder(name: string, modules: readonly string[], attributes: readonly string[]): EstimatorClass {
  return {
    modules,
    name,
    build: (object: PyObject, context: BuildContext): Estimator => {
      const found = attributes.find((attribute) => object.get(attribute) instanceof PyObject);
      if (found === undefined) throw new LoadError('CorruptModel', `${name} holds no fitted estimator`);
      const inner = context.build(object.get(found) as PyValue, `the estimator of ${name}`);
      return { ...inner, describe: () => `${name}(${inner.describe?.() ?? inner.className})` };
    },
  };
}

export const HOLDERS: readonly EstimatorClass[] = [
  thresholded('FixedThresholdClassifier'),
  thresholded('TunedThresholdClassifierCV'),
  holder('FrozenEstimator', ['sklearn.frozen._frozen'], ['estimator']),
  holder('SelfTrainingClassifier', ['sklearn.semi_supervised._self_training'], ['estimator_', 'base_estimator_']),
];

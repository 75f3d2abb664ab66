import { NdArray } from '../../numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { memberInput } from '../ensemble/member-input.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { readClasses } from '../labels.ts';
import { takeLabels } from '../results.ts';

const MODULES = ['sklearn.model_selection._classification_threshold'];

/** Metrics whose `pos_label` is 1 unless said otherwise. */
const POSITIVE_IS_ONE = new Set([
  'f1_score',
  'fbeta_score',
  'precision_score',
  'recall_score',
  'jaccard_score',
  'average_precision_score',
]);

interface Rule {
  /** Undefined: the middle of the response, 0.5 for probabilities and 0 for decisions. */
  readonly threshold: number | undefined;
  /** None: the second class. */
  readonly positive: PyValue;
}

/**
 * A classifier of two classes whose threshold was set or tuned (sklearn `model_selection/_classification_threshold.py`,
 * 1.5): the positive class where the score reaches the threshold.
 */
function build(object: PyObject, context: BuildContext, readRule: (attributes: Attributes) => Rule): Estimator {
  const attributes = new Attributes(object);
  const inner = context.build(object.get('estimator_') ?? attributes.value('estimator'), 'estimator_');
  const [classes] = readClasses(inner.classes?.[0], attributes.className);
  if (classes.size !== 2) throw attributes.corrupt('classes_', 'are not two');
  const { threshold, positive } = readRule(attributes);
  const at = positive === null ? 1 : positionOf(classes, positive);
  if (at < 0) throw attributes.corrupt('pos_label', 'is not one of the classes');
  const wanted = object.get('response_method');
  const { predictProba, decisionFunction } = inner;
  const useProba = wanted !== 'decision_function' && predictProba !== undefined;
  if (!useProba && (decisionFunction === undefined || wanted === 'predict_proba')) {
    throw attributes.unsupported(`the estimator ${inner.className}, which has not the response it was tuned on,`);
  }
  const limit = threshold ?? (useProba ? 0.5 : 0);
  const reaches = (x: Table): Int32Array => {
    const out = new Int32Array(x.rows);
    const answer = useProba ? predictProba?.call(inner, x) : decisionFunction?.call(inner, x);
    const values = (answer as NdArray).toFloat64();
    for (let row = 0; row < x.rows; row++) {
      const score = useProba ? values[2 * row + at] : at === 1 ? values[row] : -values[row];
      out[row] = score >= limit ? at : 1 - at;
    }
    return out;
  };
  return {
    className: attributes.className,
    kind: 'classifier',
    ...memberInput(attributes, [inner]),
    classes: [classes],
    predict: (x) => takeLabels(classes, reaches(x)),
    ...(predictProba === undefined ? {} : { predictProba }),
    ...(inner.predictLogProba === undefined ? {} : { predictLogProba: inner.predictLogProba }),
    ...(decisionFunction === undefined ? {} : { decisionFunction }),
    describe: () => `${attributes.className}(${inner.className}, threshold ${limit})`,
  };
}

function positionOf(classes: NdArray, label: PyValue): number {
  const plain = (value: unknown) => (typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : value);
  const wanted = plain(label instanceof NdArray ? label.data[0] : label);
  return Array.from(classes.data as ArrayLike<unknown>, plain).indexOf(wanted);
}

function fixedRule(attributes: Attributes): Rule {
  const isAuto = attributes.value('threshold') === 'auto';
  return {
    threshold: isAuto ? undefined : attributes.number('threshold'),
    positive: attributes.object.get('pos_label') ?? null,
  };
}

/** The positive class is the one the tuned metric had, which the scorer keeps. */
function tunedRule(attributes: Attributes): Rule {
  const scorer = attributes.object.get('_curve_scorer');
  const keywords = scorer instanceof PyObject ? scorer.get('_kwargs') : undefined;
  const metric = scorer instanceof PyObject ? scorer.get('_score_func') : undefined;
  const given = keywords instanceof PyDict ? keywords.get('pos_label') : undefined;
  const byMetric = metric instanceof PyGlobal && POSITIVE_IS_ONE.has(metric.name) ? 1 : null;
  return { threshold: attributes.number('best_threshold_'), positive: given ?? byMetric };
}

/** `FixedThresholdClassifier` and `TunedThresholdClassifierCV`. */
export const thresholdClassifiers: readonly EstimatorClass[] = [
  { modules: MODULES, name: 'FixedThresholdClassifier', build: (object, context) => build(object, context, fixedRule) },
  {
    modules: MODULES,
    name: 'TunedThresholdClassifierCV',
    build: (object, context) => build(object, context, tunedRule),
  },
];

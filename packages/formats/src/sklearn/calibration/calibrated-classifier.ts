import type { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { memberInput } from '../ensemble/member-input.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { LabelIndex } from '../label-index.ts';
import { readClasses } from '../labels.ts';
import { isFloat32 } from '../matrix-product.ts';
import { asList, asNumber, renamed } from '../renamed.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { isAtLeast } from '../version.ts';
import { readCalibrator } from './calibrator.ts';
import { type Scores, scaleTemperature } from './temperature.ts';

/** Calibrated probabilities, `[rows, classes]`. */
type Probabilities = (x: Table) => Float64Array;

/** One fitted classifier with its calibrators. */
interface Part {
  readonly estimator: Estimator;
  readonly probabilities: Probabilities;
}

/**
 * CalibratedClassifierCV (sklearn `calibration.py`): the mean of its calibrated classifiers' probabilities; the prediction
 * is the first class with the largest.
 */
export const calibratedClassifier: EstimatorClass = {
  modules: ['sklearn.calibration'],
  name: 'CalibratedClassifierCV',
  build(object, context): Estimator {
    const attributes = new Attributes(object);
    const [classes] = readClasses(object.get('classes_'), attributes.className);
    const count = classes.size;
    const parts = attributes
      .items('calibrated_classifiers_')
      .map((value, at) => readPart(value, at, classes, context, attributes));
    if (parts.length === 0) throw attributes.corrupt('calibrated_classifiers_', 'is empty');
    const mean: Probabilities = (x) => {
      const sums = new Float64Array(x.rows * count);
      for (const part of parts) {
        const values = part.probabilities(x);
        for (let i = 0; i < sums.length; i++) sums[i] += values[i];
      }
      for (let i = 0; i < sums.length; i++) sums[i] /= parts.length;
      return sums;
    };
    return {
      className: attributes.className,
      kind: 'classifier',
      ...memberInput(
        attributes,
        parts.map((part) => part.estimator),
      ),
      classes: [classes],
      predict: (x) => takeLabels(classes, argmaxRows(mean(x), x.rows, count)),
      predictProba: (x) => floats([x.rows, count], mean(x)),
      describe: () => `${attributes.className}, ${parts.length} calibrated classifiers`,
    };
  },
};

function readPart(value: PyValue, at: number, classes: NdArray, context: BuildContext, owner: Attributes): Part {
  const role = `calibrated_classifiers_[${at}]`;
  if (!(value instanceof PyObject)) throw owner.corrupt(role, 'is no calibrated classifier');
  const estimator = context.build(renamed(value, 'estimator', 'base_estimator') ?? null, `${role}.estimator`);
  const calibrators = asList(renamed(value, 'calibrators', 'calibrators_'));
  if (calibrators === undefined || calibrators.length === 0) throw owner.corrupt(role, 'has no calibrators');
  const own = estimator.classes?.[0];
  if (own === undefined) throw owner.corrupt(role, 'calibrates something that is no classifier');
  const count = classes.size;
  const scores = scoresOf(estimator, own.size, count, context.version, owner);
  if (value.get('method') === 'temperature') {
    const beta = calibrators[0] instanceof PyObject ? asNumber(calibrators[0].get('beta_')) : undefined;
    if (beta === undefined) throw owner.corrupt(role, 'has no temperature');
    const isProbability = estimator.decisionFunction === undefined;
    const probabilities: Probabilities = (x) => {
      const given = scores(x);
      if (count !== 2 || given.width !== 1 || !isProbability) return capped(scaleTemperature(given, x.rows, beta));
      const both = new Float64Array(x.rows * 2);
      for (let row = 0; row < x.rows; row++) {
        const rest = 1 - given.data[row];
        both[2 * row] = given.isFloat32 ? Math.fround(rest) : rest;
        both[2 * row + 1] = given.data[row];
      }
      return capped(scaleTemperature({ ...given, data: both, width: 2 }, x.rows, beta));
    };
    return { estimator, probabilities };
  }
  const positions = new LabelIndex(classes).require(own, role);
  const curves = calibrators.map((calibrator) => readCalibrator(calibrator, owner, context));
  const probabilities: Probabilities = (x) => {
    const { data, width, isFloat32 } = scores(x);
    const proba = new Float64Array(x.rows * count);
    const columns = Math.min(width, positions.length, curves.length);
    for (let k = 0; k < columns; k++) {
      const to = count === 2 ? positions[k] + 1 : positions[k];
      for (let row = 0; row < x.rows; row++) proba[row * count + to] = curves[k](data[row * width + k], isFloat32);
    }
    return capped(normalise(proba, x.rows, count));
  };
  return { estimator, probabilities };
}

/**
 * `decision_function`, or else `predict_proba`, of which two classes give the second's column; up to 1.3 that depended on
 * the number of classes of the whole, since 1.4 on the classifier's own.
 */
function scoresOf(
  estimator: Estimator,
  ownCount: number,
  count: number,
  version: string | undefined,
  owner: Attributes,
): (x: Table) => Scores {
  if (estimator.decisionFunction !== undefined) {
    return (x) => asScores(estimator.decisionFunction?.(x) as NdArray);
  }
  if (estimator.predictProba === undefined) throw owner.unsupported(`${estimator.className}, which gives no scores,`);
  const onlySecond = (isAtLeast(version, 1, 4) ? ownCount : count) === 2;
  return (x) => {
    const all = asScores(estimator.predictProba?.(x) as NdArray);
    if (!onlySecond || all.width !== 2) return all;
    return { ...all, data: Float64Array.from({ length: x.rows }, (_, row) => all.data[2 * row + 1]), width: 1 };
  };
}

function asScores(array: NdArray): Scores {
  const width = array.shape.length === 1 ? 1 : array.shape[1];
  return { data: array.toFloat64(), width, isFloat32: isFloat32(array) };
}

/** Two classes: the first gets the rest. More: each row is divided by its sum, a row of zeros becomes uniform. */
function normalise(proba: Float64Array, rows: number, count: number): Float64Array {
  for (let row = 0; row < rows; row++) {
    const from = row * count;
    if (count === 2) {
      proba[from] = 1 - proba[from + 1];
      continue;
    }
    let sum = 0;
    for (let k = 0; k < count; k++) sum += proba[from + k];
    for (let k = 0; k < count; k++) proba[from + k] = sum === 0 ? 1 / count : proba[from + k] / sum;
  }
  return proba;
}

/** Values a rounding error above 1 become 1. */
function capped(proba: Float64Array): Float64Array {
  for (let i = 0; i < proba.length; i++) if (proba[i] > 1 && proba[i] <= 1 + 1e-5) proba[i] = 1;
  return proba;
}

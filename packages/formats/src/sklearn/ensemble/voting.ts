import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, PyTuple, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { matrix } from '../dense.ts';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { readClasses } from '../labels.ts';
import { isFloat32 } from '../matrix-product.ts';
import { asList, asNumber } from '../renamed.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { memberInput } from './member-input.ts';
import { predictOf, probabilitiesOf } from './member-methods.ts';

const MODULES = ['sklearn.ensemble._voting', 'sklearn.ensemble.voting_classifier', 'sklearn.ensemble.voting'];

interface Voters {
  readonly attributes: Attributes;
  readonly members: readonly Estimator[];
  readonly names: readonly string[];
  /** Undefined where every member counts the same. */
  readonly weights: readonly number[] | undefined;
}

/** Reads the fitted members and the weights of those that were not dropped. */
function readVoters(object: PyObject, context: BuildContext): Voters {
  const attributes = new Attributes(object);
  const fitted = attributes.items('estimators_').filter((value) => value !== 'drop' && value !== null);
  const members = fitted.map((value, at) => context.build(value, `estimators_[${at}]`));
  if (members.length === 0) throw attributes.corrupt('estimators_', 'is empty');
  const named = (asList(object.get('estimators')) ?? []).map(asPair);
  const kept = named.flatMap((pair, at) => (pair === undefined || isDropped(pair[1]) ? [] : [at]));
  const names =
    kept.length === members.length
      ? kept.map((at) => named[at]?.[0] ?? String(at))
      : members.map((_, at) => String(at));
  return { attributes, members, names, weights: readWeights(object.get('weights'), kept, members.length, attributes) };
}

function asPair(value: PyValue): readonly [string, PyValue] | undefined {
  const items = value instanceof PyTuple ? value.items : Array.isArray(value) ? value : undefined;
  return items !== undefined && typeof items[0] === 'string' ? [items[0], items[1]] : undefined;
}

function isDropped(value: PyValue): boolean {
  return value === 'drop' || value === null;
}

function readWeights(
  value: PyValue | undefined,
  kept: readonly number[],
  count: number,
  attributes: Attributes,
): readonly number[] | undefined {
  if (value === undefined || value === null) return undefined;
  const all =
    value instanceof NdArray
      ? Array.from(value.toFloat64())
      : (asList(value) ?? []).map((item) => asNumber(item) ?? Number.NaN);
  const weights = kept.map((at) => all[at] ?? Number.NaN);
  if (weights.length !== count || weights.some((weight) => Number.isNaN(weight))) {
    throw attributes.corrupt('weights', 'does not fit the estimators');
  }
  return weights;
}

/** `numpy.average` over the members, each an array of the same size: float32 where all are and no weights widen it. */
function average(
  arrays: readonly NdArray[],
  weights: readonly number[] | undefined,
  shape: readonly number[],
): NdArray {
  const float32 = weights === undefined && arrays.every(isFloat32);
  const out = new Float64Array(arrays[0].size);
  let total = 0;
  for (const [at, array] of arrays.entries()) {
    const values = array.toFloat64();
    const weight = weights?.[at] ?? 1;
    total += weight;
    for (let i = 0; i < out.length; i++) {
      const sum = out[i] + values[i] * weight;
      out[i] = float32 ? Math.fround(sum) : sum;
    }
  }
  for (let i = 0; i < out.length; i++) out[i] /= total;
  return floats(shape, out, float32);
}

/** Each member's answer beside the others': `[rows, members]`. */
function sideBySide(columns: readonly NdArray[], rows: number, dtype: Matrix['dtype']): Matrix {
  const width = columns.length;
  const out = new Float64Array(rows * width);
  for (const [at, column] of columns.entries()) {
    const values = column.toFloat64();
    for (let row = 0; row < rows; row++) out[row * width + at] = values[row];
  }
  return matrix(rows, width, out, dtype);
}

/** VotingClassifier (sklearn `ensemble/_voting.py`): members were trained on class numbers, `le_` holds the labels. */
function buildClassifier(object: PyObject, context: BuildContext): Estimator {
  const voters = readVoters(object, context);
  const { attributes, members, names, weights } = voters;
  const encoder = object.get('le_');
  const fromEncoder = encoder instanceof PyObject ? encoder.get('classes_') : undefined;
  const [classes] = readClasses(fromEncoder ?? object.get('classes_'), attributes.className);
  const count = classes.size;
  const isSoft = object.get('voting') === 'soft';
  const prefix = 'votingclassifier';

  const probas = isSoft ? members.map((member) => probabilitiesOf(member, count, attributes)) : [];
  const probabilities = (x: Table) => probas.map((proba) => proba(x));
  const predicts = members.map((member) => predictOf(member, attributes));
  const predictions = (x: Table) => predicts.map((predict) => predict(x));
  const mean = (x: Table) => average(probabilities(x), weights, [x.rows, count]);

  function majority(x: Table): Int32Array {
    const votes = new Float64Array(x.rows * count);
    for (const [at, labels] of predictions(x).entries()) {
      const own = labels.toFloat64();
      for (let row = 0; row < x.rows; row++) votes[row * count + own[row]] += weights?.[at] ?? 1;
    }
    return argmaxRows(votes, x.rows, count);
  }

  const base = {
    className: attributes.className,
    kind: 'classifier' as const,
    ...memberInput(attributes, members),
    classes: [classes],
    describe: () => `${attributes.className}(${members.map((member) => member.className).join(', ')})`,
  };
  if (!isSoft) {
    return {
      ...base,
      predict: (x) => takeLabels(classes, majority(x)),
      transform: (x) => sideBySide(predictions(x), x.rows, 'int64'),
      featureNamesOut: () => names.map((name) => `${prefix}_${name}`),
    };
  }
  return {
    ...base,
    predict: (x) => takeLabels(classes, argmaxRows(mean(x).toFloat64(), x.rows, count)),
    predictProba: mean,
    ...(object.get('flatten_transform') !== true
      ? {}
      : {
          transform: (x: Table) => {
            const width = members.length * count;
            const out = new Float64Array(x.rows * width);
            const parts = probabilities(x);
            for (const [at, part] of parts.entries()) {
              const proba = part.toFloat64();
              for (let row = 0; row < x.rows; row++) {
                out.set(proba.subarray(row * count, (row + 1) * count), row * width + at * count);
              }
            }
            return matrix(x.rows, width, out, parts.every(isFloat32) ? 'float32' : 'float64');
          },
          featureNamesOut: () =>
            names.flatMap((name) => Array.from({ length: count }, (_, k) => `${prefix}_${name}${k}`)),
        }),
  };
}

/** VotingRegressor (sklearn `ensemble/_voting.py`): the weighted mean of the members' predictions. */
function buildRegressor(object: PyObject, context: BuildContext): Estimator {
  const { attributes, members, names, weights } = readVoters(object, context);
  const predicts = members.map((member) => predictOf(member, attributes));
  const predictions = (x: Table) => predicts.map((predict) => predict(x));
  return {
    className: attributes.className,
    kind: 'regressor',
    ...memberInput(attributes, members),
    predict: (x) => average(predictions(x), weights, [x.rows]),
    transform(x) {
      const columns = predictions(x);
      return sideBySide(columns, x.rows, columns.every(isFloat32) ? 'float32' : 'float64');
    },
    featureNamesOut: () => names.map((name) => `votingregressor_${name}`),
    describe: () => `${attributes.className}(${members.map((member) => member.className).join(', ')})`,
  };
}

/** `Voting*`. */
export const voting: readonly EstimatorClass[] = [
  { modules: MODULES, name: 'VotingClassifier', build: buildClassifier },
  { modules: MODULES, name: 'VotingRegressor', build: buildRegressor },
];

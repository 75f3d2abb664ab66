import { NdArray, type NdData } from '../numpy/ndarray.ts';
import type { PyValue } from '../pickle/values.ts';
import { Attributes } from './attributes.ts';
import type { EstimatorClass } from './estimator.ts';
import { readClasses, stackOutputs } from './labels.ts';
import { asList, asNumber } from './renamed.ts';
import { argmaxRows, floats, logOf, takeLabels } from './results.ts';
import { isAtLeast } from './version.ts';

/** Probabilities and the chosen class of one output; the input is never looked at. */
interface Constant {
  readonly classes: NdArray;
  readonly probabilities: Float64Array;
  readonly choice: number;
}

/**
 * DummyClassifier (sklearn `dummy.py`). `stratified` and `uniform` draw their answers from a random number generator:
 * they are refused by name.
 */
const dummyClassifier: EstimatorClass = {
  modules: ['sklearn.dummy'],
  name: 'DummyClassifier',
  build(object) {
    const attributes = new Attributes(object);
    const strategy = String(object.get('_strategy') ?? object.get('strategy'));
    const classes = readClasses(object.get('classes_'), 'DummyClassifier');
    const priors = classes.length === 1 ? [object.get('class_prior_')] : (asList(object.get('class_prior_')) ?? []);
    const constants = classes.length === 1 ? [object.get('constant')] : (asList(object.get('constant')) ?? []);
    const outputs = classes.map((labels, k): Constant => {
      const prior = toFloats(priors[k]);
      if (prior.length !== labels.size) throw attributes.corrupt('class_prior_', 'does not fit classes_');
      if (strategy === 'prior')
        return { classes: labels, probabilities: prior, choice: argmaxRows(prior, 1, prior.length)[0] };
      let choice: number;
      if (strategy === 'most_frequent') choice = argmaxRows(prior, 1, prior.length)[0];
      else if (strategy === 'constant') choice = indexOf(labels, constants[k] ?? null);
      else throw attributes.unsupported(`strategy=${JSON.stringify(strategy)}, which draws its answers at random,`);
      if (choice < 0) throw attributes.corrupt('constant', 'is not one of classes_');
      const probabilities = new Float64Array(labels.size);
      probabilities[choice] = 1;
      return { classes: labels, probabilities, choice };
    });
    const keepTwo = object.get('output_2d_') === true;
    const proba = (rows: number) => {
      const arrays = outputs.map(({ probabilities }) =>
        floats([rows, probabilities.length], repeat(probabilities, rows) as Float64Array),
      );
      return arrays.length === 1 ? arrays[0] : arrays;
    };
    return {
      className: 'DummyClassifier',
      kind: 'classifier',
      ...attributes.inputFacts(),
      acceptsText: true,
      classes,
      outputs: outputs.length,
      predict({ rows }) {
        const labels = outputs.map((output) => takeLabels(output.classes, new Int32Array(rows).fill(output.choice)));
        const answer = stackOutputs(labels, rows);
        return keepTwo && outputs.length === 1 ? new NdArray(answer.dtype, [rows, 1], answer.data) : answer;
      },
      predictProba: ({ rows }) => proba(rows),
      predictLogProba({ rows }) {
        const all = proba(rows);
        return all instanceof NdArray ? logOf(all) : all.map(logOf);
      },
    };
  },
};

/** DummyRegressor (sklearn `dummy.py`): `constant_` for every row, in its own dtype. */
const dummyRegressor: EstimatorClass = {
  modules: ['sklearn.dummy'],
  name: 'DummyRegressor',
  build(object, { version }) {
    const attributes = new Attributes(object);
    const value = object.get('constant_') ?? null;
    // 0.19 multiplied ones by the constant, which gave float64 whatever it was.
    const keepsDtype = isAtLeast(version, 0, 20);
    const constant =
      value instanceof NdArray
        ? keepsDtype
          ? value
          : floats(value.shape, value.toFloat64())
        : floats([1], Float64Array.of(attributes.number('constant_')));
    const width = asNumber(object.get('n_outputs_')) ?? constant.size;
    if (constant.size !== width || width < 1) throw attributes.corrupt('constant_', 'does not fit n_outputs_');
    const flat = width === 1 && object.get('output_2d_') !== true;
    return {
      className: 'DummyRegressor',
      kind: 'regressor',
      ...attributes.inputFacts(),
      acceptsText: true,
      outputs: width,
      predict: ({ rows }) => new NdArray(constant.dtype, flat ? [rows] : [rows, width], repeat(constant.data, rows)),
    };
  },
};

/** Both dummies. */
export const dummies: readonly EstimatorClass[] = [dummyClassifier, dummyRegressor];

function toFloats(value: PyValue | undefined): Float64Array {
  if (value instanceof NdArray) return value.toFloat64();
  return Float64Array.from(asList(value) ?? [], (item) => asNumber(item) ?? Number.NaN);
}

/** Where `wanted` (maybe wrapped in arrays or lists of one) stands among the labels; -1 where it does not. */
function indexOf(labels: NdArray, wanted: PyValue): number {
  let value: unknown = wanted;
  while (value instanceof NdArray || (Array.isArray(value) && value.length === 1)) {
    value = value instanceof NdArray ? value.data[0] : value[0];
  }
  const plain = (item: unknown) => (typeof item === 'bigint' || typeof item === 'boolean' ? Number(item) : item);
  return Array.from(labels.data as ArrayLike<unknown>, plain).indexOf(plain(value));
}

function repeat(row: NdData, rows: number): NdData {
  const width = row.length;
  if (Array.isArray(row)) return Array.from({ length: rows * width }, (_, i) => row[i % width]) as PyValue[];
  const out = new (row.constructor as new (length: number) => typeof row)(rows * width);
  for (let i = 0; i < out.length; i++) out[i] = row[i % width];
  return out;
}

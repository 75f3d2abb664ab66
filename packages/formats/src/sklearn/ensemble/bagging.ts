import type { NdArray } from '../../numpy/ndarray.ts';
import type { PyObject } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { readClasses } from '../labels.ts';
import { isFloat32 } from '../matrix-product.ts';
import { asList } from '../renamed.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { type FeatureSubset, knownFeatures, readFeatureSubset, selectFeatures } from './feature-subset.ts';
import { memberInput } from './member-input.ts';

const MODULES = ['sklearn.ensemble._bagging', 'sklearn.ensemble.bagging'];

interface Member {
  readonly estimator: Estimator;
  readonly subset: FeatureSubset;
}

interface Bag {
  readonly attributes: Attributes;
  readonly members: readonly Member[];
  /** What sums are divided by: the parameter `n_estimators`. */
  readonly divisor: number;
}

function readBag(object: PyObject, context: BuildContext): Bag {
  const attributes = new Attributes(object);
  const estimators = attributes.items('estimators_');
  const subsets = asList(object.get('estimators_features_')) ?? [];
  const features = knownFeatures(attributes.nFeaturesIn(), subsets);
  const members = estimators.map((value, at): Member => {
    const role = `estimators_[${at}]`;
    return { estimator: context.build(value, role), subset: readFeatureSubset(subsets[at], features, role) };
  });
  if (members.length === 0) throw attributes.corrupt('estimators_', 'is empty');
  return { attributes, members, divisor: attributes.number('n_estimators', members.length) };
}

/** Sum of one method's answers over the members, divided: the shape is the members' own. */
function mean(bag: Bag, x: Table, method: (estimator: Estimator, x: Table) => NdArray): NdArray {
  let shape: readonly number[] = [];
  let sums: Float64Array | undefined;
  let float32 = true;
  for (const { estimator, subset } of bag.members) {
    const answer = method(estimator, selectFeatures(x, subset));
    const values = answer.toFloat64();
    if (sums === undefined) {
      sums = new Float64Array(values.length);
      shape = answer.shape;
    }
    float32 &&= isFloat32(answer);
    for (let i = 0; i < sums.length; i++) sums[i] = float32 ? Math.fround(sums[i] + values[i]) : sums[i] + values[i];
  }
  const out = sums ?? new Float64Array(0);
  for (let i = 0; i < out.length; i++) out[i] /= bag.divisor;
  return floats(shape, out, float32);
}

/**
 * BaggingClassifier (sklearn `ensemble/_bagging.py`): members were trained on class numbers, some perhaps on fewer classes;
 * one without `predict_proba` gives one vote to the class it predicts.
 */
function buildClassifier(object: PyObject, context: BuildContext): Estimator {
  const bag = readBag(object, context);
  const { attributes, members } = bag;
  const [classes] = readClasses(object.get('classes_'), attributes.className);
  const count = classes.size;
  const positions = members.map(({ estimator }) => classNumbers(estimator, count, attributes));

  function spread(proba: NdArray, at: number, rows: number, fill: number): Float64Array {
    const own = positions[at];
    const values = proba.toFloat64();
    if (own === undefined) return values;
    const out = new Float64Array(rows * count).fill(fill);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < own.length; k++) out[row * count + own[k]] = values[row * own.length + k];
    }
    return out;
  }

  function probabilities(x: Table): Float64Array {
    const sums = new Float64Array(x.rows * count);
    for (const [at, { estimator, subset }] of members.entries()) {
      const part = selectFeatures(x, subset);
      if (estimator.predictProba !== undefined) {
        const values = spread(estimator.predictProba(part) as NdArray, at, x.rows, 0);
        for (let i = 0; i < sums.length; i++) sums[i] += values[i];
      } else {
        const votes = estimator.predict?.(part) as NdArray;
        for (let row = 0; row < x.rows; row++) sums[row * count + Number(votes.data[row])] += 1;
      }
    }
    for (let i = 0; i < sums.length; i++) sums[i] /= bag.divisor;
    return sums;
  }

  function logProbabilities(x: Table): Float64Array {
    if (members.some(({ estimator }) => estimator.predictLogProba === undefined)) return probabilities(x).map(Math.log);
    const sums = new Float64Array(x.rows * count).fill(-Infinity);
    for (const [at, { estimator, subset }] of members.entries()) {
      const log = estimator.predictLogProba?.(selectFeatures(x, subset)) as NdArray;
      const values = spread(log, at, x.rows, -Infinity);
      for (let i = 0; i < sums.length; i++) sums[i] = logAddExp(sums[i], values[i]);
    }
    return sums.map((sum) => sum - Math.log(bag.divisor));
  }

  // Members that know fewer classes answer fewer columns, which can not be averaged.
  const decides =
    positions.every((own) => own === undefined) &&
    members.every(({ estimator }) => estimator.decisionFunction !== undefined);
  return {
    className: attributes.className,
    kind: 'classifier',
    ...memberInput(attributes, wholeMembers(bag)),
    classes: [classes],
    predict: (x) => takeLabels(classes, argmaxRows(probabilities(x), x.rows, count)),
    predictProba: (x) => floats([x.rows, count], probabilities(x)),
    predictLogProba: (x) => floats([x.rows, count], logProbabilities(x)),
    ...(decides
      ? { decisionFunction: (x: Table) => mean(bag, x, (member, part) => member.decisionFunction?.(part) as NdArray) }
      : {}),
    describe: () => describe(bag),
  };
}

/** The class numbers a member was trained on; undefined where they are all of them. */
function classNumbers(estimator: Estimator, count: number, attributes: Attributes): Int32Array | undefined {
  const own = estimator.classes?.[0];
  if (own === undefined || own.size === count) return undefined;
  const numbers = Int32Array.from(own.data as ArrayLike<unknown>, Number);
  if (numbers.some((number) => number < 0 || number >= count)) {
    throw attributes.corrupt('estimators_', 'know other classes than the ensemble');
  }
  return numbers;
}

function logAddExp(a: number, b: number): number {
  if (a === b) return a + Math.LN2;
  const largest = Math.max(a, b);
  return largest === -Infinity ? -Infinity : largest + Math.log1p(Math.exp(-Math.abs(a - b)));
}

function buildRegressor(object: PyObject, context: BuildContext): Estimator {
  const bag = readBag(object, context);
  const outputs = bag.members[0].estimator.outputs;
  return {
    className: bag.attributes.className,
    kind: 'regressor',
    ...memberInput(bag.attributes, wholeMembers(bag)),
    ...(outputs === undefined ? {} : { outputs }),
    predict: (x) => mean(bag, x, (member, part) => member.predict?.(part) as NdArray),
    describe: () => describe(bag),
  };
}

/** Members that see every column; the facts of the others say nothing of the whole. */
function wholeMembers({ members }: Bag): readonly Estimator[] {
  return members.every(({ subset }) => subset === undefined) ? members.map(({ estimator }) => estimator) : [];
}

function describe({ attributes, members }: Bag): string {
  return `${attributes.className}(${members[0].estimator.className}), ${members.length} members`;
}

/** `Bagging*`. */
export const bagging: readonly EstimatorClass[] = [
  { modules: MODULES, name: 'BaggingClassifier', build: buildClassifier },
  { modules: MODULES, name: 'BaggingRegressor', build: buildRegressor },
];

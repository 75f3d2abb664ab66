import { LoadError } from '@berth/inference';
import type { NdArray } from '../../numpy/ndarray.ts';
import type { PyObject, PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { LabelIndex } from '../label-index.ts';
import { readClasses } from '../labels.ts';
import { softmaxRows } from '../linear/probability.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { eachLeaf, probabilityLeaves, readTrees, sumLeaves, treeFeatures } from '../tree/leaf-table.ts';
import { isAtLeast } from '../version.ts';
import { predictOf, probabilitiesOf } from './member-methods.ts';
import { areTrees } from './tree-members.ts';

/** Leaves × classes that are worked out ahead: 1 GiB. */
const MAX_VOTES = 2 ** 27;

/** Sums the votes of all members: `[rows, classes]`. */
type Votes = (x: Table) => Float64Array;

interface Ensemble {
  readonly attributes: Attributes;
  readonly context: BuildContext;
  readonly members: readonly PyValue[];
  readonly weights: Float64Array;
  readonly classes: NdArray;
}

/**
 * AdaBoostClassifier (sklearn `ensemble/_weight_boosting.py`). SAMME.R (up to 1.5) sums transformed log-probabilities;
 * SAMME sums each member's weight for its class, and since 1.3 takes weight / (classes - 1) from the others.
 * Probabilities are a softmax of the decision since 0.22; before, they came from the members' own.
 */
function build(object: PyObject, context: BuildContext): Estimator {
  const attributes = new Attributes(object);
  const [classes] = readClasses(object.get('classes_'), attributes.className);
  const members = attributes.items('estimators_');
  const weights = attributes.floats('estimator_weights_');
  if (members.length === 0 || weights.length < members.length) {
    throw attributes.corrupt('estimator_weights_', 'does not fit estimators_');
  }
  const ensemble: Ensemble = { attributes, context, members, weights, classes };
  const count = classes.size;
  const real = usesProbabilities(object, context.version);
  let weightSum = 0;
  for (const weight of weights) weightSum += weight;
  const sumVotes = votesOf(
    ensemble,
    real ? logOdds : isAtLeast(context.version, 1, 3) ? zeroSumVote : plainVote,
    !real,
  );
  const votes: Votes = (x) => {
    const sums = sumVotes(x);
    for (let i = 0; i < sums.length; i++) sums[i] /= weightSum;
    return sums;
  };
  const decide = (x: Table): Float64Array => {
    // up to 1.5 SAMME counted the votes for the only class too
    if (count === 1) return new Float64Array(x.rows).fill(!real && !isAtLeast(context.version, 1, 6) ? 1 : 0);
    const sums = votes(x);
    if (count !== 2) return sums;
    const out = new Float64Array(x.rows);
    for (let row = 0; row < x.rows; row++) out[row] = -sums[2 * row] + sums[2 * row + 1];
    return out;
  };
  const isOld = !isAtLeast(context.version, 0, 22);
  const ownProbabilities = isOld && !real ? votesOf(ensemble, weightedProbabilities, false) : sumVotes;
  const proba = (x: Table): Float64Array => {
    if (count === 1) return new Float64Array(x.rows).fill(1);
    if (!isOld) return fromDecision(decide(x), x.rows, count);
    return softmaxRows(
      ownProbabilities(x).map((sum) => sum / weightSum / (count - 1)),
      x.rows,
      count,
    );
  };
  return {
    className: attributes.className,
    kind: 'classifier',
    ...attributes.inputFacts(),
    classes: [classes],
    predict(x) {
      const decision = decide(x);
      if (count > 2) return takeLabels(classes, argmaxRows(decision, x.rows, count));
      return takeLabels(
        classes,
        Int32Array.from(decision, (value) => (count > 1 && value > 0 ? 1 : 0)),
      );
    },
    predictProba: (x) => floats([x.rows, count], proba(x)),
    predictLogProba: (x) => floats([x.rows, count], proba(x).map(Math.log)),
    decisionFunction: (x) => floats(count === 2 ? [x.rows] : [x.rows, count], decide(x)),
    describe: () => `${attributes.className}, ${members.length} members`,
  };
}

function usesProbabilities(object: PyObject, version: string | undefined): boolean {
  const algorithm = object.get('algorithm');
  if (algorithm === 'SAMME.R') return true;
  // 1.6 and 1.7 keep the parameter as "deprecated", 1.8 dropped it: both mean SAMME.
  return algorithm === undefined && !isAtLeast(version, 1, 6);
}

function fromDecision(decision: Float64Array, rows: number, count: number): Float64Array {
  if (count !== 2)
    return softmaxRows(
      decision.map((value) => value / (count - 1)),
      rows,
      count,
    );
  const both = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    both[2 * row] = -decision[row] / 2;
    both[2 * row + 1] = decision[row] / 2;
  }
  return softmaxRows(both, rows, 2);
}

/** Rewrites one member's class probabilities of one row, `values[from … from + count)`, to its votes. */
type Vote = (values: Float64Array, from: number, count: number, weight: number) => void;

const logOdds: Vote = (values, from, count) => {
  let sum = 0;
  for (let k = from; k < from + count; k++) {
    values[k] = Math.log(Math.max(values[k], Number.EPSILON));
    sum += values[k];
  }
  for (let k = from; k < from + count; k++) values[k] = (count - 1) * (values[k] - (1 / count) * sum);
};

const plainVote: Vote = (values, from, count, weight) => {
  for (let k = from; k < from + count; k++) values[k] *= weight;
};

const zeroSumVote: Vote = (values, from, count, weight) => {
  const others = (-1 / (count - 1)) * weight;
  for (let k = from; k < from + count; k++) values[k] = values[k] === 1 ? weight : others;
};

const weightedProbabilities: Vote = plainVote;

/**
 * Votes as a function of the table. Where all members are trees, each leaf's votes are worked out once.
 * @param hard a member votes with the class it predicts (as a 1 among 0s), not with its probabilities.
 */
function votesOf(ensemble: Ensemble, vote: Vote, hard: boolean): Votes {
  const { members, attributes, context, weights, classes } = ensemble;
  const count = classes.size;
  if (areTrees(members, 'Classifier')) {
    const trees = readTrees(members, attributes.className);
    if (trees[0].outputs === 1) {
      const index = new LabelIndex(classes);
      const own = members.map((member, at) =>
        index.require(readClasses(member.get('classes_'), 'a tree')[0], `${attributes.className} tree ${at}`),
      );
      if (hard || own.every((positions) => positions.length === count)) {
        return treeVotes(ensemble, trees, own, vote, hard);
      }
    }
  }
  const index = new LabelIndex(classes);
  const ballots = members.map((value, at): Votes => {
    const member = context.build(value, `estimators_[${at}]`);
    if (!hard) {
      const proba = probabilitiesOf(member, count, attributes);
      return (x) => Float64Array.from(proba(x).toFloat64());
    }
    const predict = predictOf(member, attributes);
    return (x) => oneHot(index.of(predict(x)), count);
  });
  return (x) => {
    const out = new Float64Array(x.rows * count);
    for (const [at, ballot] of ballots.entries()) {
      const votes = ballot(x);
      for (let row = 0; row < x.rows; row++) vote(votes, row * count, count, weights[at]);
      for (let i = 0; i < out.length; i++) out[i] += votes[i];
    }
    return out;
  };
}

function treeVotes(
  { attributes, weights, classes, context }: Ensemble,
  trees: ReturnType<typeof readTrees>,
  own: readonly Int32Array[],
  vote: Vote,
  hard: boolean,
): Votes {
  const count = classes.size;
  const raw = probabilityLeaves(trees, [trees[0].maxClasses], context.version);
  const width = raw.width;
  if (raw.forest.leafCount * count > MAX_VOTES) {
    throw new LoadError(
      'LimitExceeded',
      `${attributes.className}: ${raw.forest.leafCount} leaves × ${count} classes are too many`,
    );
  }
  const values = new Float64Array(raw.forest.leafCount * count);
  eachLeaf(trees, raw.forest, (_tree, _node, leaf, tree) => {
    const positions = own[tree];
    const leafValues = raw.values.subarray(leaf * width, leaf * width + positions.length);
    if (hard) values[leaf * count + positions[argmaxRows(leafValues, 1, positions.length)[0]]] = 1;
    else for (let k = 0; k < positions.length; k++) values[leaf * count + positions[k]] = leafValues[k];
    vote(values, leaf * count, count, weights[tree]);
  });
  const table = { forest: raw.forest, values, width: count };
  const rules = {
    className: attributes.className,
    features: treeFeatures(attributes.nFeaturesIn(), trees),
    allowNaN: false,
  };
  return (x) => sumLeaves(x, rules, table);
}

function oneHot(positions: Int32Array, count: number): Float64Array {
  const out = new Float64Array(positions.length * count);
  for (let row = 0; row < positions.length; row++) if (positions[row] >= 0) out[row * count + positions[row]] = 1;
  return out;
}

/** `sklearn.ensemble.AdaBoostClassifier`. */
export const adaBoostClassifier: EstimatorClass = {
  modules: ['sklearn.ensemble._weight_boosting', 'sklearn.ensemble.weight_boosting'],
  name: 'AdaBoostClassifier',
  build,
};

import type { PyObject, PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { asList, asNumber, renamed } from '../renamed.ts';
import { floats, int64s } from '../results.ts';
import { FlatForest } from '../tree/flat-forest.ts';
import type { RowRules } from '../tree/float-rows.ts';
import { eachLeaf, readTrees, sumLeaves } from '../tree/leaf-table.ts';
import type { TreeState } from '../tree/tree-state.ts';
import { isAtLeast } from '../version.ts';
import { knownFeatures, readFeatureSubset } from './feature-subset.ts';
import { mapFeatures } from './tree-members.ts';

/** An outlier detector that also has `score_samples`. */
export interface ScoringEstimator extends Estimator {
  /** The opposite of the anomaly score: the lower, the more abnormal. */
  scoreSamples(x: Table): ReturnType<typeof floats>;
}

/**
 * IsolationForest (sklearn `ensemble/_iforest.py`): the mean depth at which a row is isolated, as a score.
 * Before 0.21 leaves of two rows counted by the general formula and leaves of one as 1; 0.19 had no offset.
 */
function build(object: PyObject, version: string | undefined): ScoringEstimator {
  const attributes = new Attributes(object);
  const trees = readTrees(attributes.items('estimators_'), attributes.className);
  const subsets: readonly PyValue[] = asList(object.get('estimators_features_')) ?? [];
  const features = knownFeatures(attributes.nFeaturesIn(), subsets);
  const mapped = trees.map((tree, index) =>
    mapFeatures(tree, readFeatureSubset(subsets[index], features, `IsolationForest tree ${index}`), features),
  );
  const forest = new FlatForest(mapped);
  const modern = isAtLeast(version, 0, 21);
  const pathLength = modern ? averagePathLength : oldAveragePathLength;
  const values = new Float64Array(forest.leafCount);
  const depths = trees.map(nodeDepths);
  eachLeaf(trees, forest, (tree, node, leaf, index) => {
    const length = pathLength(tree.samples[node]);
    values[leaf] = modern ? depths[index][node] + length - 1 : depths[index][node] - 1 + length;
  });
  const guarded = isAtLeast(version, 1, 0);
  const expected = pathLength(attributes.number('max_samples_'));
  const rules: RowRules = {
    className: attributes.className,
    features,
    allowNaN: isAtLeast(version, 1, 6),
    allowInfinity: isAtLeast(version, 1, 6),
  };
  const leaves = { forest, values, width: 1 };

  function scores(x: Table): Float64Array {
    const sums = sumLeaves(x, rules, leaves);
    for (let row = 0; row < sums.length; row++) {
      const depth = modern ? sums[row] / (trees.length * expected) : sums[row] / trees.length / expected;
      sums[row] = -(2 ** -(guarded && expected === 0 ? 1 : depth));
    }
    return sums;
  }

  const hasOffset = object.get('offset_') !== undefined;
  const offset = hasOffset ? attributes.number('offset_') : -0.5;
  const decide = (x: Table) => scores(x).map((score) => score - offset);
  const threshold = thresholdOf(object, hasOffset);
  return {
    className: attributes.className,
    kind: 'outlier',
    ...attributes.inputFacts(),
    predict(x) {
      const decisions = decide(x);
      return int64s(
        [x.rows],
        decisions.map((value) => (threshold.isOutlier(value) ? -1 : 1)),
      );
    },
    decisionFunction: (x) => floats([x.rows], decide(x)),
    scoreSamples: (x) => floats([x.rows], scores(x)),
    describe: () => `${attributes.className}, ${trees.length} trees`,
  };
}

/** 0 today; `threshold_` of 0.19 (inclusive) and of `behaviour='old'` in 0.20 and 0.21. */
function thresholdOf(object: PyObject, hasOffset: boolean): { isOutlier(decision: number): boolean } {
  const threshold = asNumber(renamed(object, 'threshold_', '_threshold_'));
  if (!hasOffset && threshold !== undefined) return { isOutlier: (decision) => decision <= threshold };
  if (object.get('behaviour') === 'old' && threshold !== undefined)
    return { isOutlier: (decision) => decision < threshold };
  return { isOutlier: (decision) => decision < 0 };
}

/** Expected depth of an unsuccessful search in a tree of `count` rows. */
function averagePathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return generalPathLength(count);
}

function oldAveragePathLength(count: number): number {
  return count <= 1 ? 1 : generalPathLength(count);
}

const EULER_GAMMA = 0.5772156649015329;

function generalPathLength(count: number): number {
  return 2 * (Math.log(count - 1) + EULER_GAMMA) - (2 * (count - 1)) / count;
}

/** Number of nodes on the way to each node, the root counting 1. */
function nodeDepths(tree: TreeState): Float64Array {
  const depths = new Float64Array(tree.nodeCount);
  const stack = [0];
  depths[0] = 1;
  while (stack.length > 0) {
    const node = stack.pop() as number;
    if (tree.left[node] === -1) continue;
    for (const child of [tree.left[node], tree.right[node]]) {
      depths[child] = depths[node] + 1;
      stack.push(child);
    }
  }
  return depths;
}

/** `sklearn.ensemble.IsolationForest`. */
export const isolationForest: EstimatorClass = {
  modules: ['sklearn.ensemble._iforest', 'sklearn.ensemble.iforest'],
  name: 'IsolationForest',
  build: (object, { version }) => build(object, version),
};

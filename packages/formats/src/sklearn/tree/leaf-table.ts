import { LoadError } from '@berth/inference';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { columnCount } from '../dense.ts';
import type { Table } from '../estimator.ts';
import { isAtLeast } from '../version.ts';
import { FlatForest } from './flat-forest.ts';
import { forEachFloat32Block, type RowRules } from './float-rows.ts';
import { RepeatGuard } from './repeat-guard.ts';
import { readTreeState, type TreeState } from './tree-state.ts';

const TREE_CLASSES = new Set([
  'DecisionTreeClassifier',
  'DecisionTreeRegressor',
  'ExtraTreeClassifier',
  'ExtraTreeRegressor',
]);

/** Whether the object is one of the four single trees. */
export function isTree(object: PyObject): boolean {
  return TREE_CLASSES.has(object.type.name);
}

/** Trees with the values that each leaf adds to the result. */
export interface LeafTable {
  readonly forest: FlatForest;
  /** `[leafCount, width]`. */
  readonly values: Float64Array;
  readonly width: number;
}

/**
 * Reads the `tree_` of each fitted tree estimator.
 * @throws LoadError CorruptModel for something else than trees, or trees of different shapes.
 */
export function readTrees(
  estimators: readonly PyValue[],
  owner: string,
  guard: RepeatGuard = new RepeatGuard(),
): TreeState[] {
  const known = new Map<PyObject, TreeState>();
  const trees = estimators.map((estimator, index) => {
    const where = estimators.length === 1 ? owner : `${owner} tree ${index}`;
    if (!(estimator instanceof PyObject) || !isTree(estimator)) {
      throw new LoadError('CorruptModel', `${where} is no decision tree; the model file is damaged`);
    }
    const tree = known.get(estimator) ?? readTreeState(estimator.get('tree_'), where);
    known.set(estimator, tree);
    guard.count(estimator.get('tree_'), tree.nodeCount, where);
    return tree;
  });
  if (trees.length === 0) throw new LoadError('CorruptModel', `${owner} has no trees; fit it and save it again`);
  const { outputs, maxClasses } = trees[0];
  for (const [index, tree] of trees.entries()) {
    if (tree.outputs !== outputs || tree.maxClasses !== maxClasses) {
      throw new LoadError('CorruptModel', `${owner} tree ${index} has other outputs than tree 0; the file is damaged`);
    }
  }
  return trees;
}

/** Leaf values of regressors: `[leafCount, outputs]`. */
export function regressionLeaves(trees: readonly TreeState[]): LeafTable {
  const forest = new FlatForest(trees);
  const width = trees[0].outputs;
  const values = new Float64Array(forest.leafCount * width);
  eachLeaf(trees, forest, (tree, node, leaf) => {
    for (let k = 0; k < width; k++) values[leaf * width + k] = tree.values[(node * width + k) * tree.maxClasses];
  });
  return { forest, values, width };
}

/**
 * Leaf values of classifiers: each output's class probabilities side by side. Before scikit-learn 1.3 a node held
 * weighted counts, later fractions; up to 1.3 `predict_proba` divides by their sum.
 * @param classCounts number of classes of each output.
 */
export function probabilityLeaves(
  trees: readonly TreeState[],
  classCounts: readonly number[],
  version: string | undefined,
): LeafTable {
  const { outputs, maxClasses } = trees[0];
  if (classCounts.length !== outputs || classCounts.some((count) => count > maxClasses)) {
    throw new LoadError('CorruptModel', 'the trees do not fit classes_; the model file is damaged');
  }
  const divide = !isAtLeast(version, 1, 4);
  const forest = new FlatForest(trees);
  const width = classCounts.reduce((sum, count) => sum + count, 0);
  const values = new Float64Array(forest.leafCount * width);
  eachLeaf(trees, forest, (tree, node, leaf) => {
    let to = leaf * width;
    for (let output = 0; output < outputs; output++) {
      const from = (node * outputs + output) * maxClasses;
      const count = classCounts[output];
      let total = 0;
      for (let k = 0; k < count; k++) total += tree.values[from + k];
      if (!divide || total === 0) total = 1;
      for (let k = 0; k < count; k++) values[to++] = tree.values[from + k] / total;
    }
  });
  return { forest, values, width };
}

/** Calls `visit` for every leaf of the forest with its tree, its node in that tree and its number in the forest. */
export function eachLeaf(
  trees: readonly TreeState[],
  forest: FlatForest,
  visit: (tree: TreeState, node: number, leaf: number, treeIndex: number) => void,
): void {
  for (const [index, tree] of trees.entries()) {
    for (let leaf = forest.leafStarts[index]; leaf < forest.leafStarts[index + 1]; leaf++) {
      visit(tree, forest.leafNodes[leaf], leaf, index);
    }
  }
}

/** Sums the leaves of all trees for each row, in the order of the trees: `[rows, width]`. */
export function sumLeaves(x: Table, rules: RowRules, table: LeafTable, initial?: Float64Array): Float64Array {
  const { forest, values, width } = table;
  const out = initial ?? new Float64Array(x.rows * width);
  const cols = columnCount(x);
  forEachFloat32Block(x, rules, (rows, start, count, hasNaN) => {
    forest.accumulate(rows, count, cols, hasNaN, values, width, out, start * width);
  });
  return out;
}

/** The feature count to check against: the file's, or what the trees were built for. */
export function treeFeatures(fromFile: number | undefined, trees: readonly TreeState[]): number | undefined {
  if (fromFile !== undefined) return fromFile;
  return Number.isFinite(trees[0].features) ? trees[0].features : undefined;
}

/** Calls `visit` with the number of the leaf that each row ends in, for every tree. */
export function eachTreeLeaf(
  x: Table,
  rules: RowRules,
  forest: FlatForest,
  visit: (row: number, tree: number, leaf: number) => void,
): void {
  const cols = columnCount(x);
  forEachFloat32Block(x, rules, (rows, start, count) => {
    for (const [tree, root] of forest.roots.entries()) {
      for (let row = 0; row < count; row++) {
        visit(start + row, tree, forest.leaf(root, rows, row * cols));
      }
    }
  });
}

import { LoadError } from '@berth/inference';
import { CategorySets } from '../trees/category-sets.ts';
import type { TreeSource } from '../trees/tree-source.ts';
import { damaged, integerOf, integersOf, numbersOf } from './fields.ts';
import type { LinearLeaves } from './linear-leaves.ts';
import { readLinearLeaves } from './linear-leaves.ts';
import type { KeyValues } from './model-text.ts';
import type { ZeroColumns } from './zero-columns.ts';

/** A tree, and its linear leaves where it has them. */
export interface LightgbmTree {
  readonly source: TreeSource;
  readonly linear?: LinearLeaves;
}

/** Bits of `decision_type` (LightGBM's `include/LightGBM/tree.h`). */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_ZERO = 1;
const MISSING_NAN = 2;

/**
 * Reads one tree. Its splits come first and then its leaves as nodes, as {@link TreeSource} numbers them.
 * Missing cells as LightGBM's `Tree::NumericalDecision` treats them: without missing values NaN counts as zero, with
 * `zero_as_missing` zero and NaN both go the default way (see {@link ZeroColumns}); categorical splits send NaN right.
 * @throws LoadError CorruptModel that names the tree and the field.
 */
export function readLightgbmTree(
  values: KeyValues,
  id: number,
  numFeatures: number,
  zeroColumns: ZeroColumns,
): LightgbmTree {
  const where = `tree ${id}`;
  if (!values.has('num_cat')) throw tooOld(where);
  const leaves = integerOf(values, 'num_leaves', where);
  if (leaves < 1 || leaves > 1 << 28) throw damaged(where, 'num_leaves', `is ${leaves}`);
  const splits = leaves - 1;
  const leafValues = numbersOf(values, 'leaf_value', where, leaves);
  const linear =
    integerOf(values, 'is_linear', where, 0) === 0
      ? undefined
      : readLinearLeaves(values, where, leafValues, numFeatures);
  const nodes = splits + leaves;
  const left = new Int32Array(nodes).fill(-1);
  const right = new Int32Array(nodes).fill(-1);
  const feature = new Int32Array(nodes);
  const threshold = new Float64Array(nodes);
  const missingLeft = new Uint8Array(nodes);
  const leaf = Int32Array.from({ length: nodes }, (_, node) => node - splits);
  const source = { left, right, feature, threshold, missingLeft, leaf, leafValues };
  if (splits === 0) return linear === undefined ? { source } : { source, linear };

  const child = (node: number) => (node < 0 ? splits + ~node : node);
  const leftChild = integersOf(values, 'left_child', where, splits);
  const rightChild = integersOf(values, 'right_child', where, splits);
  const splitFeature = integersOf(values, 'split_feature', where, splits);
  const limits = numbersOf(values, 'threshold', where, splits);
  const decisions = values.has('decision_type')
    ? integersOf(values, 'decision_type', where, splits)
    : new Int32Array(splits);
  const categories = new CategorySets();
  const categorySet = new Int32Array(nodes).fill(-1);
  const boundaries = readBoundaries(values, where);
  for (let node = 0; node < splits; node++) {
    left[node] = child(leftChild[node]);
    right[node] = child(rightChild[node]);
    feature[node] = checkColumn(splitFeature[node], numFeatures, `${where}, node ${node}`);
    const decision = decisions[node];
    const missing = (decision >> 2) & 3;
    if (decision & CATEGORICAL) {
      threshold[node] = NaN;
      categorySet[node] = addSet(categories, boundaries, limits[node], `${where}, node ${node}`);
      continue;
    }
    threshold[node] = limits[node];
    if (missing === MISSING_ZERO) feature[node] = zeroColumns.of(splitFeature[node]);
    const defaultLeft =
      missing === MISSING_ZERO || missing === MISSING_NAN ? decision & DEFAULT_LEFT : 0 <= limits[node];
    missingLeft[node] = defaultLeft ? 1 : 0;
  }
  const all = categories.count > 0 ? { ...source, categorySet, categories } : source;
  return linear === undefined ? { source: all } : { source: all, linear };
}

/** Releases before 2.0.5 had other rules for missing values and categories; later releases do not read their files either. */
function tooOld(where: string): LoadError {
  return new LoadError(
    'UnsupportedModel',
    `the LightGBM model's ${where} has no "num_cat": the file is damaged or older than LightGBM 2.0.5, whose trees follow other rules; train or save it with a later release`,
  );
}

function checkColumn(column: number, numFeatures: number, where: string): number {
  if (column >= 0 && column < numFeatures) return column;
  throw damaged(
    where,
    'split_feature',
    `is ${column}, but the model has ${numFeatures} columns (0 to ${numFeatures - 1})`,
  );
}

/** `cat_boundaries` and the words they cut `cat_threshold` into. */
interface Boundaries {
  readonly starts: Int32Array;
  readonly words: Float64Array;
}

function readBoundaries(values: KeyValues, where: string): Boundaries {
  const sets = integerOf(values, 'num_cat', where);
  if (sets <= 0) return { starts: new Int32Array(1), words: new Float64Array(0) };
  const starts = integersOf(values, 'cat_boundaries', where, sets + 1);
  const last = starts[sets];
  if (starts[0] !== 0 || last < 0 || last > 1 << 28) throw damaged(where, 'cat_boundaries', `ends at ${last}`);
  return { starts, words: numbersOf(values, 'cat_threshold', where, last) };
}

function addSet(categories: CategorySets, boundaries: Boundaries, index: number, where: string): number {
  const { starts, words } = boundaries;
  const [start, end] = [starts[index], starts[index + 1]];
  if (start === undefined || end === undefined || start < 0 || end < start || end > words.length) {
    throw damaged(where, 'threshold', `is ${index}, but the tree has ${starts.length - 1} sets of categories`);
  }
  return categories.addWords(words.subarray(start, end));
}

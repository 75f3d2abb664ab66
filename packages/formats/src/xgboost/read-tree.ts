import { CategorySets } from '../trees/category-sets.ts';
import type { TreeSource } from '../trees/tree-source.ts';
import {
  type DocumentObject,
  damaged,
  fieldOf,
  integerField,
  integersField,
  numbersField,
  objectField,
} from './document.ts';
import { splitsToTree } from './splits.ts';

/** A tree and the number of outputs that one of its leaves holds. */
export interface SizedTree {
  readonly source: TreeSource;
  readonly leafSize: number;
}

/** First code that is no category any more (XGBoost's `OutOfRangeCat`, `src/common/categorical.h`). */
const CATEGORY_LIMIT = 16777216;

/**
 * Reads one element of `trees` of a JSON or UBJSON model.
 * @throws LoadError CorruptModel that names the tree and the field.
 */
export function readDocumentTree(tree: DocumentObject, id: number): SizedTree {
  const where = `tree ${id}`;
  const params = objectField(tree, 'tree_param', where);
  const count = integerField(params, 'num_nodes', where);
  const left = integersField(tree, 'left_children', where, count);
  if (count < 1) throw damaged(where, 'num_nodes', `is ${count}`);
  const right = integersField(tree, 'right_children', where, count);
  const leafSize = Math.max(1, integerField(params, 'size_leaf_vector', where, 1));
  const splits = {
    left,
    right,
    feature: integersField(tree, 'split_indices', where, count),
    condition: numbersField(tree, 'split_conditions', where, count),
    defaultLeft: numbersField(tree, 'default_left', where, count),
    ...readCategories(tree, where, count),
  };
  return {
    source: splitsToTree(splits, leafSize > 1 ? readLeafVectors(tree, where, left, right, leafSize) : undefined),
    leafSize,
  };
}

/**
 * Leaf vectors of multi-output trees: one row of `base_weights` for each node (2.0 to 3.1), or rows of `leaf_weights`
 * that the leaf's right child numbers (3.2).
 */
function readLeafVectors(tree: DocumentObject, where: string, left: Int32Array, right: Int32Array, leafSize: number) {
  const mapped = fieldOf(tree, 'leaf_weights') === undefined ? undefined : numbersField(tree, 'leaf_weights', where);
  if (mapped !== undefined && mapped.length > 0) return { values: mapped, leafOf: (node: number) => right[node] };
  const values = numbersField(tree, 'base_weights', where, left.length * leafSize);
  return { values, leafOf: (node: number) => node };
}

/** The sets of categorical splits; a node's set lists the categories that go right. */
function readCategories(tree: DocumentObject, where: string, count: number) {
  if (fieldOf(tree, 'categories_nodes') === undefined) return {};
  const nodes = integersField(tree, 'categories_nodes', where);
  if (nodes.length === 0) return {};
  const starts = integersField(tree, 'categories_segments', where, nodes.length);
  const sizes = integersField(tree, 'categories_sizes', where, nodes.length);
  const codes = integersField(tree, 'categories', where);
  const categories = new CategorySets();
  const categorySet = new Int32Array(count).fill(-1);
  for (let i = 0; i < nodes.length; i++) {
    const [node, start, size] = [nodes[i], starts[i], sizes[i]];
    if (node < 0 || node >= count) throw damaged(where, 'categories_nodes', `names node ${node} of ${count}`);
    if (start < 0 || size < 1 || start + size > codes.length) {
      throw damaged(
        where,
        'categories_segments',
        `gives node ${node} categories ${start} to ${start + size} of ${codes.length}`,
      );
    }
    const set = codes.subarray(start, start + size);
    const bad = set.find((code) => code < 0 || code >= CATEGORY_LIMIT);
    if (bad !== undefined) throw damaged(where, 'categories', `gives node ${node} the category ${bad}`);
    categorySet[node] = categories.addCodes(set);
  }
  return { categorySet, categories };
}

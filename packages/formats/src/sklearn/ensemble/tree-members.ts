import { LoadError } from '@berth/inference';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { isTree } from '../tree/leaf-table.ts';
import type { TreeState } from '../tree/tree-state.ts';
import type { FeatureSubset } from './feature-subset.ts';

/** The tree as one that looks at the whole table, where it was trained on some of its columns. */
export function mapFeatures(tree: TreeState, subset: FeatureSubset, features: number): TreeState {
  if (subset === undefined) return tree;
  const feature = tree.feature.map((index, node) => (tree.left[node] === -1 ? -2 : (subset[index] ?? -1)));
  if (feature.includes(-1)) throw new LoadError('CorruptModel', 'a tree splits on a column that it was not given');
  return { ...tree, feature, features };
}

/** Whether every member is a single tree, so that one walk over a flat forest can answer for all. */
export function areTrees(
  members: readonly PyValue[],
  name: 'Classifier' | 'Regressor',
): members is readonly PyObject[] {
  return members.every((member) => member instanceof PyObject && isTree(member) && member.type.name.endsWith(name));
}

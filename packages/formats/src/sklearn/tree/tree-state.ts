import { LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { PyDict, PyObject, type PyValue } from '../../pickle/values.ts';

/** One fitted `sklearn.tree._tree.Tree`, checked: every walk from node 0 ends in a leaf. */
export interface TreeState {
  readonly nodeCount: number;
  /** Children by node; -1 in a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Feature that an inner node looks at. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Per node: 1 where a missing value goes left; absent in files before scikit-learn 1.3. */
  readonly missingLeft: Uint8Array | undefined;
  /** Training samples by node. */
  readonly samples: Float64Array;
  /** `[node, output, class]`, row-major. */
  readonly values: Float64Array;
  readonly outputs: number;
  /** Width of the last axis of `values`; 1 for regressors. */
  readonly maxClasses: number;
  readonly features: number;
}

const MAX_NODES = 1 << 28;

/**
 * Reads the `tree_` of a fitted tree. The node dtype differs by release (`missing_go_to_left` came with 1.3, 32-bit
 * machines save int32 ids), so fields are looked up by name.
 * @param where names the tree in errors, e.g. `RandomForestClassifier tree 12`.
 * @throws LoadError CorruptModel that names tree and node.
 */
export function readTreeState(value: PyValue | undefined, where: string): TreeState {
  if (!(value instanceof PyObject) || value.type.name !== 'Tree' || !(value.state instanceof PyDict)) {
    throw corrupt(where, 'holds no fitted tree_');
  }
  const nodes = value.state.get('nodes');
  const valueArray = value.state.get('values');
  if (!(nodes instanceof NdArray) || !(valueArray instanceof NdArray))
    throw corrupt(where, 'has no nodes or no values');
  const nodeCount = nodes.shape[0];
  if (nodes.shape.length !== 1 || !(nodeCount >= 1) || nodeCount > MAX_NODES) {
    throw corrupt(where, `has nodes of shape (${nodes.shape.join(', ')})`);
  }
  const features = Number(value.args[0]);
  const [valueNodes, outputs, maxClasses] = valueArray.shape;
  if (valueArray.shape.length !== 3 || valueNodes !== nodeCount || outputs < 1 || maxClasses < 1) {
    throw corrupt(where, `has ${nodeCount} nodes but values of shape (${valueArray.shape.join(', ')})`);
  }
  try {
    const state: TreeState = {
      nodeCount,
      left: nodes.field('left_child').toInt32(),
      right: nodes.field('right_child').toInt32(),
      feature: nodes.field('feature').toInt32(),
      threshold: nodes.field('threshold').toFloat64(),
      missingLeft: nodes.hasField('missing_go_to_left') ? bytes(nodes.field('missing_go_to_left')) : undefined,
      samples: nodes.field('n_node_samples').toFloat64(),
      values: valueArray.toFloat64(),
      outputs,
      maxClasses,
      features: Number.isInteger(features) ? features : Infinity,
    };
    checkWalks(state, where);
    return state;
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw corrupt(where, error instanceof Error ? error.message : 'can not be read');
  }
}

function bytes(array: NdArray): Uint8Array {
  return array.data instanceof Uint8Array ? array.data : Uint8Array.from(array.toFloat64());
}

/** Visits what can be reached from the root once: a child that was seen before is a cycle or a shared sub-tree. */
function checkWalks(tree: TreeState, where: string): void {
  const { nodeCount, left, right, feature, threshold, features } = tree;
  const seen = new Uint8Array(nodeCount);
  const stack = [0];
  while (stack.length > 0) {
    const node = stack.pop() as number;
    if (seen[node]) throw corrupt(where, `node ${node} is reached twice: its children make a cycle or share a branch`);
    seen[node] = 1;
    if (left[node] === -1) continue;
    for (const child of [left[node], right[node]]) {
      if (!(child >= 0 && child < nodeCount)) {
        throw corrupt(where, `node ${node} has child ${child}, outside 0..${nodeCount - 1}`);
      }
      stack.push(child);
    }
    if (!(feature[node] >= 0 && feature[node] < features)) {
      throw corrupt(where, `node ${node} splits on feature ${feature[node]}, the tree has ${features}`);
    }
    if (Number.isNaN(threshold[node])) throw corrupt(where, `node ${node} has NaN as its threshold`);
  }
}

function corrupt(where: string, what: string): LoadError {
  return new LoadError('CorruptModel', `${where}: ${what}; the model file is damaged, save it again`);
}

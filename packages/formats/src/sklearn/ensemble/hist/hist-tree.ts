import { LoadError } from '@berth/inference';
import { NdArray } from '../../../numpy/ndarray.ts';
import { PyObject, type PyValue } from '../../../pickle/values.ts';

/** One `TreePredictor`, checked: every walk from node 0 ends in a leaf. Values and thresholds are float64. */
export interface HistTree {
  readonly nodeCount: number;
  readonly isLeaf: Uint8Array;
  readonly value: Float64Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array | undefined;
  readonly categorical: Uint8Array | undefined;
  /** Row of `bitsets` of a categorical split. */
  readonly bitsetIndex: Int32Array | undefined;
  /** `[categorical splits, 8]`: the raw categories that go left. */
  readonly bitsets: Uint32Array;
}

/** Words of a bitset: 256 categories. */
export const BITSET_WORDS = 8;

/**
 * Reads the nodes of a `TreePredictor`. The record dtype differs by release (0.22 calls the threshold `threshold`,
 * categorical splits came with 0.24), so fields are looked up by name.
 * @throws LoadError CorruptModel that names tree and node.
 */
export function readHistTree(value: PyValue, features: number, where: string): HistTree {
  const nodes = value instanceof PyObject ? value.get('nodes') : undefined;
  if (!(nodes instanceof NdArray) || nodes.shape.length !== 1 || nodes.size < 1) {
    throw corrupt(where, 'holds no nodes');
  }
  try {
    const bitsets = (value as PyObject).get('raw_left_cat_bitsets');
    const optional = (name: string) => (nodes.hasField(name) ? nodes.field(name) : undefined);
    const tree: HistTree = {
      nodeCount: nodes.size,
      isLeaf: toBytes(nodes.field('is_leaf')),
      value: nodes.field('value').toFloat64(),
      feature: nodes.field('feature_idx').toInt32(),
      threshold: (optional('num_threshold') ?? nodes.field('threshold')).toFloat64(),
      left: nodes.field('left').toInt32(),
      right: nodes.field('right').toInt32(),
      missingLeft: mapOptional(optional('missing_go_to_left'), toBytes),
      categorical: mapOptional(optional('is_categorical'), toBytes),
      bitsetIndex: mapOptional(optional('bitset_idx'), (array) => array.toInt32()),
      bitsets: bitsets instanceof NdArray ? Uint32Array.from(bitsets.toFloat64()) : new Uint32Array(0),
    };
    checkWalks(tree, features, where);
    return tree;
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw corrupt(where, error instanceof Error ? error.message : 'can not be read');
  }
}

function mapOptional<T>(array: NdArray | undefined, map: (array: NdArray) => T): T | undefined {
  return array === undefined ? undefined : map(array);
}

function toBytes(array: NdArray): Uint8Array {
  return array.data instanceof Uint8Array ? array.data : Uint8Array.from(array.toFloat64());
}

function checkWalks(tree: HistTree, features: number, where: string): void {
  const seen = new Uint8Array(tree.nodeCount);
  const stack = [0];
  while (stack.length > 0) {
    const node = stack.pop() as number;
    if (seen[node]) throw corrupt(where, `node ${node} is reached twice: its children make a cycle or share a branch`);
    seen[node] = 1;
    if (tree.isLeaf[node]) continue;
    for (const child of [tree.left[node], tree.right[node]]) {
      if (!(child >= 0 && child < tree.nodeCount)) {
        throw corrupt(where, `node ${node} has child ${child}, outside 0..${tree.nodeCount - 1}`);
      }
      stack.push(child);
    }
    if (!(tree.feature[node] >= 0 && tree.feature[node] < features)) {
      throw corrupt(where, `node ${node} splits on feature ${tree.feature[node]}, the model has ${features}`);
    }
    if (tree.categorical?.[node]) {
      const row = tree.bitsetIndex?.[node] ?? -1;
      if (!(row >= 0 && (row + 1) * BITSET_WORDS <= tree.bitsets.length)) {
        throw corrupt(where, `node ${node} names the bitset ${row}, which is not there`);
      }
    } else if (Number.isNaN(tree.threshold[node])) throw corrupt(where, `node ${node} has NaN as its threshold`);
  }
}

function corrupt(where: string, what: string): LoadError {
  return new LoadError('CorruptModel', `${where}: ${what}; the model file is damaged, save it again`);
}

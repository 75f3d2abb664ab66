import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoadError } from '@berth/inference';
import { NdArray } from '../../../numpy/ndarray.ts';
import { fittedObject, recordArray } from '../../tree/record-fixture.ts';
import { HistForest } from './hist-forest.ts';
import { BITSET_WORDS, readHistTree } from './hist-tree.ts';

const FIELDS = {
  value: 'f8',
  feature_idx: 'i8',
  num_threshold: 'f8',
  missing_go_to_left: 'u1',
  left: 'u4',
  right: 'u4',
  is_leaf: 'u1',
  is_categorical: 'u1',
  bitset_idx: 'u4',
} as const;
const SPLIT = { feature_idx: 0, num_threshold: 1.5, left: 1, right: 2 };
const LEAVES = [
  { is_leaf: 1, value: -1 },
  { is_leaf: 1, value: 1 },
];

function predictor(nodes: readonly Readonly<Record<string, number>>[], bitsets: readonly number[] = []) {
  const words = new NdArray({ kind: 'u', itemSize: 4 }, [bitsets.length / 8, 8], Uint32Array.from(bitsets));
  return fittedObject('sklearn.ensemble._hist_gradient_boosting.predictor', 'TreePredictor', {
    nodes: recordArray(FIELDS, nodes),
    raw_left_cat_bitsets: words,
  });
}

function answers(tree: ReturnType<typeof predictor>, known: Uint32Array, values: readonly number[]): number[] {
  const forest = new HistForest([readHistTree(tree, 1, 'tree')], known);
  const out = new Float64Array(values.length);
  forest.accumulate(Float64Array.from(values), values.length, 1, true, out, 0, 1);
  return [...out];
}

test('numbers are compared as float64, missing ones go where the node says', () => {
  const tree = predictor([{ ...SPLIT, missing_go_to_left: 1 }, ...LEAVES]);
  const justAbove = 1.5 + Number.EPSILON * 2;
  assert.deepEqual(
    answers(tree, new Uint32Array(8), [1.5, justAbove, Number.NaN, Infinity, -Infinity]),
    [-1, 1, -1, 1, -1],
  );
});

test('categories: in the bitset left, known right, unknown and negative as missing', () => {
  const left = [0b1010, 0, 0, 0, 0, 0, 0, 1];
  const known = Uint32Array.of(0b1111, 0, 0, 0, 0, 0, 0, 1);
  for (const [missing, stray] of [
    [0, 1],
    [1, -1],
  ]) {
    const tree = predictor([{ ...SPLIT, is_categorical: 1, missing_go_to_left: missing }, ...LEAVES], left);
    const asked = [1, 3, 224, 0, 2, 3.7, 9, -1, Number.NaN];
    assert.deepEqual(answers(tree, known, asked), [-1, -1, -1, 1, 1, -1, stray, stray, stray]);
  }
});

test('a damaged predictor is refused by tree and node, and never walked for ever', () => {
  const refused = (nodes: readonly Readonly<Record<string, number>>[], message: RegExp) =>
    assert.throws(
      () => readHistTree(predictor(nodes), 1, 'iteration 2 tree 0'),
      (error) => error instanceof LoadError && error.reason === 'CorruptModel' && message.test(error.message),
    );
  refused([{ ...SPLIT, left: 0 }, ...LEAVES], /iteration 2 tree 0: node 0 is reached twice/);
  refused([{ ...SPLIT, right: 3 }, ...LEAVES], /node 0 has child 3, outside 0\.\.2/);
  refused([{ ...SPLIT, feature_idx: 1 }, ...LEAVES], /node 0 splits on feature 1, the model has 1/);
  refused([{ ...SPLIT, num_threshold: Number.NaN }, ...LEAVES], /node 0 has NaN/);
  refused([{ ...SPLIT, is_categorical: 1, bitset_idx: 5 }, ...LEAVES], /node 0 names the bitset 5/);
});

test('bitsets of several trees are told apart', () => {
  const one = predictor([{ ...SPLIT, is_categorical: 1 }, ...LEAVES], [0b01, 0, 0, 0, 0, 0, 0, 0]);
  const two = predictor([{ ...SPLIT, is_categorical: 1 }, ...LEAVES], [0b10, 0, 0, 0, 0, 0, 0, 0]);
  const known = new Uint32Array(BITSET_WORDS).fill(0xffffffff);
  const trees = [one, two, two].map((tree) => readHistTree(tree, 1, 'tree'));
  const out = new Float64Array(2);
  new HistForest(trees, known).accumulate(Float64Array.of(0, 1), 2, 1, false, out, 0, 1);
  assert.deepEqual([...out], [-1 + 1 + 1, 1 - 1 - 1]);
});

test('walks of four rows or four trees at once end where single walks end', () => {
  let seed = 5;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  const grow = (nodes: Record<string, number>[], depth: number): number => {
    const at = nodes.length;
    const node: Record<string, number> = { is_leaf: 1, value: Math.round(random() * 1000) };
    nodes.push(node);
    if (depth > 0 && random() < 0.85) {
      Object.assign(node, {
        is_leaf: 0,
        feature_idx: Math.floor(random() * 3),
        num_threshold: Math.round(random() * 6) / 2,
      });
      node.left = grow(nodes, depth - 1);
      node.right = grow(nodes, depth - 1);
    }
    return at;
  };
  const trees = Array.from({ length: 7 }, (_, depth) => {
    const nodes: Record<string, number>[] = [];
    grow(nodes, depth);
    return readHistTree(predictor(nodes), 3, 'tree');
  });
  const forest = new HistForest(trees, new Uint32Array(3 * BITSET_WORDS));
  const count = 135;
  const rows = Float64Array.from({ length: count * 3 }, () => Math.round(random() * 6) / 2);
  const out = new Float64Array(count);
  forest.accumulate(rows, count, 3, false, out, 0, 1);
  for (let row = 0; row < count; row++) {
    let expected = 0;
    for (const tree of trees) {
      let node = 0;
      while (!tree.isLeaf[node]) {
        node = rows[row * 3 + tree.feature[node]] <= tree.threshold[node] ? tree.left[node] : tree.right[node];
      }
      expected += tree.value[node];
    }
    assert.equal(out[row], expected, `row ${row}`);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoadError } from '@berth/inference';
import type { PyValue } from '../../pickle/values.ts';
import { LEAF, treeObject } from './record-fixture.ts';
import { readTreeState } from './tree-state.ts';

const SPLIT = { left_child: 1, right_child: 2, feature: 0, threshold: 0.5 };

function refuses(tree: PyValue, message: RegExp): void {
  assert.throws(
    () => readTreeState(tree, 'Forest tree 3'),
    (error) => {
      assert.ok(error instanceof LoadError);
      assert.equal(error.reason, 'CorruptModel');
      assert.match(error.message, /^Forest tree 3: /);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('a sound tree is read, with 64-bit and with 32-bit node ids', () => {
  for (const ids of ['i8', 'i4'] as const) {
    const tree = readTreeState(
      treeObject([{ ...SPLIT, missing_go_to_left: 1 }, LEAF, LEAF], [0, 1, 2], 3, ids),
      'tree',
    );
    assert.deepEqual([...tree.left], [1, -1, -1]);
    assert.deepEqual([...tree.values], [0, 1, 2]);
    assert.deepEqual([...(tree.missingLeft ?? [])], [1, 0, 0]);
    assert.equal(tree.features, 3);
  }
});

test('a node that is its own child is refused instead of walked for ever', () => {
  refuses(treeObject([{ ...SPLIT, left_child: 0 }, LEAF, LEAF], [0, 0, 0], 1), /node 0 is reached twice/);
});

test('a cycle over several nodes and a shared branch are refused', () => {
  const back = { left_child: 0, right_child: 2, feature: 0, threshold: 1 };
  refuses(treeObject([SPLIT, back, LEAF], [0, 0, 0], 1), /reached twice/);
  refuses(treeObject([{ ...SPLIT, right_child: 1 }, LEAF], [0, 0], 1), /node 1 is reached twice/);
});

test('children outside the array are refused by node', () => {
  refuses(treeObject([{ ...SPLIT, right_child: 3 }, LEAF, LEAF], [0, 0, 0], 1), /node 0 has child 3, outside 0\.\.2/);
  refuses(treeObject([{ ...SPLIT, right_child: -1 }, LEAF, LEAF], [0, 0, 0], 1), /node 0 has child -1/);
  refuses(treeObject([{ ...SPLIT, right_child: -7 }, LEAF, LEAF], [0, 0, 0], 1), /node 0 has child -7/);
});

test('a feature the tree does not have is refused', () => {
  refuses(treeObject([{ ...SPLIT, feature: 4 }, LEAF, LEAF], [0, 0, 0], 4), /splits on feature 4, the tree has 4/);
  refuses(treeObject([{ ...SPLIT, feature: -2 }, LEAF, LEAF], [0, 0, 0], 4), /splits on feature -2/);
});

test('a threshold of NaN is refused, an infinite one is a split off of missing values', () => {
  refuses(treeObject([{ ...SPLIT, threshold: Number.NaN }, LEAF, LEAF], [0, 0, 0], 1), /node 0 has NaN/);
  assert.equal(
    readTreeState(treeObject([{ ...SPLIT, threshold: Infinity }, LEAF, LEAF], [0, 0, 0], 1), 't').threshold[0],
    Infinity,
  );
});

test('node ids beyond 32 bits, values of another length and an unfitted tree are refused', () => {
  refuses(treeObject([{ ...SPLIT, left_child: 2 ** 40 }, LEAF, LEAF], [0, 0, 0], 1), /no 32-bit integer/);
  refuses(treeObject([SPLIT, LEAF, LEAF], [0, 0], 1), /3 nodes but values of shape \(2, 1, 1\)/);
  refuses(treeObject([], [], 1), /nodes of shape \(0\)/);
  refuses(null, /no fitted tree_/);
});

test('a node that nothing points to may hold anything', () => {
  const stray = { left_child: 77, right_child: 78, feature: 99, threshold: Number.NaN };
  assert.equal(readTreeState(treeObject([SPLIT, LEAF, LEAF, stray], [0, 0, 0, 0], 1), 't').nodeCount, 4);
});

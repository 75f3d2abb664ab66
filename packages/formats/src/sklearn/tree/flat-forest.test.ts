import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FlatForest, floor32, ROWS_PER_BLOCK } from './flat-forest.ts';
import type { TreeState } from './tree-state.ts';

test('comparing with the float32 below a threshold is comparing with the threshold', () => {
  const any64 = fc.double({ noNaN: true });
  fc.assert(
    fc.property(any64, fc.float({ noNaN: true }), (threshold, x) => {
      assert.equal(x <= floor32(threshold), x <= threshold);
    }),
  );
  // Around a float32 value is where it matters.
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 }), (x, steps) => {
      const threshold = x + steps * Math.abs(x) * Number.EPSILON;
      assert.equal(x <= floor32(threshold), x <= threshold);
    }),
  );
});

test('floor32 at the ends of the range', () => {
  assert.equal(floor32(1e300), 3.4028234663852886e38);
  assert.equal(floor32(-1e300), -Infinity);
  assert.equal(floor32(Infinity), Infinity);
  assert.equal(floor32(-1e-60), -1.401298464324817e-45);
  assert.equal(floor32(1e-60), 0);
});

/** A random full tree over `features` columns; leaf values are the node ids. */
function randomTree(random: () => number, depth: number, features: number): TreeState {
  const left: number[] = [];
  const right: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  const missing: number[] = [];
  const grow = (level: number): number => {
    const node = left.length;
    left.push(-1);
    right.push(-1);
    feature.push(-2);
    threshold.push(-2);
    missing.push(random() < 0.5 ? 1 : 0);
    if (level < depth && random() < 0.8) {
      feature[node] = Math.floor(random() * features);
      threshold[node] = Math.round(random() * 8) / 4;
      left[node] = grow(level + 1);
      right[node] = grow(level + 1);
    }
    return node;
  };
  grow(0);
  const nodeCount = left.length;
  return {
    nodeCount,
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    missingLeft: Uint8Array.from(missing),
    samples: new Float64Array(nodeCount),
    values: new Float64Array(nodeCount),
    outputs: 1,
    maxClasses: 1,
    features,
  };
}

/** The rule of `Tree.apply`, as plainly as it can be said. */
function leafNode(tree: TreeState, row: ArrayLike<number>): number {
  let node = 0;
  while (tree.left[node] !== -1) {
    const value = row[tree.feature[node]];
    const goesLeft = Number.isNaN(value) ? tree.missingLeft?.[node] === 1 : value <= tree.threshold[node];
    node = goesLeft ? tree.left[node] : tree.right[node];
  }
  return node;
}

test('the flat forest finds the leaves that a walk over each tree finds, with and without missing values', () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  const features = 5;
  const trees = Array.from({ length: 7 }, (_, depth) => randomTree(random, depth, features));
  const forest = new FlatForest(trees);
  const count = ROWS_PER_BLOCK * 2 + 3;
  for (const missingShare of [0, 0.2]) {
    const rows = Float32Array.from({ length: count * features }, () =>
      random() < missingShare ? Number.NaN : Math.round(random() * 8) / 4,
    );
    const values = Float64Array.from({ length: forest.leafCount }, (_, leaf) => leaf + 0.25);
    const sums = new Float64Array(count);
    forest.accumulate(rows, count, features, missingShare > 0, values, 1, sums);
    for (let row = 0; row < count; row++) {
      let expected = 0;
      for (const [index, tree] of trees.entries()) {
        const node = leafNode(tree, rows.subarray(row * features, (row + 1) * features));
        const leaves = forest.leafNodes.subarray(forest.leafStarts[index], forest.leafStarts[index + 1]);
        expected += forest.leafStarts[index] + leaves.indexOf(node) + 0.25;
      }
      assert.equal(sums[row], expected, `row ${row}`);
    }
  }
});

test('results can be laid out with a stride, one forest a column', () => {
  const leaf = randomTree(() => 0.9, 0, 1);
  const forest = new FlatForest([leaf, leaf]);
  const out = new Float64Array(6);
  forest.accumulate(Float32Array.of(1, 2), 2, 1, false, Float64Array.of(10, 1), 1, out, 1, 3);
  assert.deepEqual([...out], [0, 11, 0, 0, 11, 0]);
});

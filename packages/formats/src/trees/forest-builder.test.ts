import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ForestBuilder } from './forest-builder.ts';
import type { TreeSource } from './tree-source.ts';

/** A chain of `splits` splits on column 0: x falls into leaf i, of value i, where i - 1 < x <= i. */
function chain(splits: number): TreeSource {
  const nodes = 2 * splits + 1;
  return {
    left: Int32Array.from({ length: nodes }, (_, node) => (node < splits ? splits + node : -1)),
    right: Int32Array.from({ length: nodes }, (_, node) =>
      node < splits - 1 ? node + 1 : node < splits ? 2 * splits : -1,
    ),
    feature: new Int32Array(nodes),
    threshold: Float64Array.from({ length: nodes }, (_, node) => node),
    missingLeft: new Uint8Array(nodes),
    leaf: Int32Array.from({ length: nodes }, (_, node) => node - splits),
    leafValues: Float64Array.from({ length: splits + 1 }, (_, leaf) => leaf),
  };
}

describe('the forest builder', () => {
  it('lays out forests far larger than its first arrays, in any growth step', () => {
    for (const splits of [1, 100, 127, 128, 129, 400, 3000]) {
      const builder = new ForestBuilder({ numFeatures: 1, leafSize: 1, categoryRule: 'xgboost' });
      for (let tree = 0; tree < 5; tree++) builder.add(chain(splits), 0);
      const forest = builder.build();
      const { child, depths } = forest.layout;
      for (let node = 0; node < child.length; node++) assert.ok(child[node] < 0 || child[node] > node);
      assert.deepEqual([...depths], new Array(5).fill(splits));
      const rows = Float64Array.from({ length: splits + 1 }, (_, row) => row);
      const out = new Float64Array(rows.length);
      forest.addTo(out, 1, rows, rows.length, 1, 0, 5);
      assert.deepEqual(
        out,
        rows.map((row) => 5 * row),
      );
    }
  });
});

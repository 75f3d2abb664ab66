import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CategorySets } from '../category-sets.ts';
import { Forest, type ForestLayout } from '../forest.ts';
import { Kernel } from './kernel.ts';

const COLUMNS = 3;
const GROUPS = 2;

interface Split {
  readonly column: number;
  readonly limit: number;
  readonly missingLeft: boolean;
  readonly below: readonly [Node, Node];
}

type Node = number | Split;

const limits = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 }));
const values = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const cells = fc.oneof(limits, fc.constantFrom(NaN, Infinity, -Infinity, -0));

function trees(depth: number): fc.Arbitrary<Node> {
  if (depth === 0) return values;
  const split = fc.record({
    column: fc.nat(COLUMNS - 1),
    limit: limits,
    missingLeft: fc.boolean(),
    below: fc.tuple(trees(depth - 1), fc.oneof(values, trees(depth - 1))),
  });
  return fc.oneof({ weight: 1, arbitrary: values }, { weight: 4, arbitrary: split });
}

/** A chain of splits: deeper than trees are padded to. */
const chains = fc
  .array(fc.tuple(fc.nat(COLUMNS - 1), limits, fc.boolean(), values), { minLength: 12, maxLength: 20 })
  .map((links) =>
    links.reduce<Node>(
      (below, [column, limit, missingLeft, value]) => ({ column, limit, missingLeft, below: [value, below] }),
      0.5,
    ),
  );

function layoutOf(roots: readonly Node[]): ForestLayout {
  const layout = { child: [0], feature: [0], threshold: [0], missingLeft: [0], leafValues: [] as number[] };
  const rootIndex: number[] = [];
  const depths: number[] = [];
  layout.child.length = 0;
  const reserve = () => layout.child.push(0) - 1;
  const write = (node: Node, at: number): number => {
    if (typeof node === 'number') {
      layout.child[at] = ~(layout.leafValues.push(node) - 1);
      return 0;
    }
    const left = reserve();
    reserve();
    layout.child[at] = left;
    layout.feature[at] = node.column;
    layout.threshold[at] = node.limit;
    layout.missingLeft[at] = node.missingLeft ? 1 : 0;
    return 1 + Math.max(write(node.below[0], left), write(node.below[1], left + 1));
  };
  for (const root of roots) {
    const at = reserve();
    rootIndex.push(at);
    depths.push(write(root, at));
  }
  const filled = (list: number[]) => Array.from({ length: layout.child.length }, (_, i) => list[i] ?? 0);
  return {
    child: Int32Array.from(layout.child),
    feature: Int32Array.from(filled(layout.feature)),
    threshold: Float64Array.from(filled(layout.threshold)),
    missingLeft: Uint8Array.from(filled(layout.missingLeft)),
    roots: Int32Array.from(rootIndex),
    depths: Int32Array.from(depths),
    groups: Int32Array.from(roots, (_, tree) => tree % GROUPS),
    leafValues: Float64Array.from(layout.leafValues),
    leafSize: 1,
    firstLeaves: new Int32Array(roots.length),
    categorySet: undefined,
    categories: new CategorySets(),
    categoryRule: 'xgboost',
  };
}

const forests = fc.oneof(
  fc.array(trees(4), { minLength: 1, maxLength: 20 }),
  fc.array(fc.oneof(trees(3), chains), { minLength: 1, maxLength: 10 }),
);

describe('the WebAssembly kernels', () => {
  for (const sum of ['float32', 'float64'] as const) {
    it(`add what the JavaScript evaluator adds, to the last bit, in ${sum}`, () => {
      const make = (length: number) => (sum === 'float32' ? new Float32Array(length) : new Float64Array(length));
      fc.assert(
        fc.property(
          forests,
          fc.array(cells, { maxLength: 75 * COLUMNS }),
          fc.nat(),
          fc.nat(),
          (roots, flat, from, to) => {
            const layout = layoutOf(roots);
            const nRows = Math.floor(flat.length / COLUMNS);
            const rows = make(nRows * COLUMNS);
            rows.set(flat.slice(0, rows.length));
            const [begin, end] = [from % (roots.length + 1), to % (roots.length + 1)];
            for (const [first, last] of [
              [0, roots.length],
              [Math.min(begin, end), Math.max(begin, end)],
            ]) {
              const expected = make(nRows * GROUPS).fill(0.1);
              new Forest(layout).addTo(expected, GROUPS, rows, nRows, COLUMNS, first, last);
              const actual = make(nRows * GROUPS).fill(0.1);
              const kernel = Kernel.of(layout, GROUPS, sum);
              assert.ok(kernel !== undefined);
              kernel.addTo(actual, rows, nRows, COLUMNS, first, last);
              assert.deepEqual(actual, expected);
            }
          },
        ),
        { numRuns: 300 },
      );
    });
  }

  it('leave to JavaScript what they can not do', () => {
    const plain = layoutOf([1, 2]);
    assert.ok(Kernel.of(plain, GROUPS, 'float32') !== undefined);
    const infinite = layoutOf([{ column: 0, limit: Infinity, missingLeft: false, below: [1, 2] }]);
    assert.equal(Kernel.of(infinite, GROUPS, 'float32'), undefined);
    assert.equal(Kernel.of({ ...plain, leafSize: 2 }, GROUPS, 'float32'), undefined);
    assert.equal(Kernel.of({ ...plain, categorySet: new Int32Array(2) }, GROUPS, 'float32'), undefined);
  });
});

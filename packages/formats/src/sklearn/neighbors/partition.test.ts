import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NeighborHeap } from './neighbor-heap.ts';
import { smallestIndices } from './partition.ts';

const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 5 })), {
  minLength: 1,
  maxLength: 300,
});

const ascending = (a: number, b: number) => (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0) || a - b;

test('smallestIndices gives different places of the smallest values', () => {
  fc.assert(
    fc.property(values, fc.nat(), (list, seed) => {
      const data = Float64Array.from(list);
      const count = 1 + (seed % data.length);
      const found = smallestIndices(data, count);
      assert.equal(new Set(found).size, count);
      assert.deepEqual(
        Array.from(found, (index) => data[index]).sort(ascending),
        Array.from(data).sort(ascending).slice(0, count),
      );
    }),
  );
});

test('among equals the choice is that of numpy 1.23', () => {
  // numpy.argpartition([…], 4)[:5]
  const data = Float64Array.of(2, 1, 2, 2, 0, 2, 1, 2, 2, 1, 2, 2);
  assert.deepEqual(
    [...smallestIndices(data, 5)].sort((a, b) => a - b),
    [1, 4, 6, 9, 10],
  );
});

test('the heap keeps the smallest, and of equals the first', () => {
  const heap = new NeighborHeap(3);
  [4, 2, 2, 2, 2, 9].forEach((distance, index) => {
    heap.push(distance, index);
  });
  assert.deepEqual([...heap.indices].sort(), [1, 2, 3]);
  assert.equal(heap.largest, 2);
});

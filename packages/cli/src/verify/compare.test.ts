import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tensor } from '@berth/inference';
import fc from 'fast-check';
import { OutputComparison } from './compare.ts';
import type { LibraryArray } from './library-answer.ts';
import { agree, toleranceFor } from './tolerance.ts';

function compare(
  native: Omit<Tensor, 'name'>,
  library: Omit<LibraryArray, 'name'>,
  options: { labels?: string[]; rows?: number[] } = {},
) {
  const rows = options.rows ?? Array.from({ length: native.shape[0] }, (_, i) => i + 1);
  const comparison = new OutputComparison('out', options.labels, (single) => toleranceFor('sklearn', single, {}));
  const different = new Uint8Array(rows.length);
  const first = comparison.add({ name: 'out', ...native }, { name: 'out', ...library }, rows, different);
  return { comparison, first, different: [...different] };
}

describe('agree', () => {
  const exact = { rtol: 0, atol: 0, reason: '' };
  test('holds for what is the same, also NaN and infinities, and is symmetric', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double({ min: 0, max: 1, noNaN: true }), (a, b, rtol) => {
        assert.ok(agree(a, a, exact));
        assert.equal(agree(a, b, { ...exact, rtol }), agree(b, a, { ...exact, rtol }));
      }),
    );
  });
  test('no tolerance makes a number of NaN or of an infinity', () => {
    const wide = { rtol: 1, atol: Infinity, reason: '' };
    for (const other of [Number.NaN, Infinity, -Infinity]) assert.ok(!agree(1, other, wide));
    assert.ok(!agree(Infinity, -Infinity, wide));
  });
});

describe('an output', () => {
  test('of floats within the tolerance is equal, with the largest difference and its place', () => {
    const data = Float64Array.of(1, 2, 3, 4);
    const theirs = Float64Array.of(1, 2 + 1e-12, 3, 4 + 3e-12);
    const shape = [2, 2];
    const { comparison, first, different } = compare(
      { datatype: 'FP64', shape, data },
      { shape, data: theirs },
      { labels: ['no', 'yes'], rows: [7, 9] },
    );
    assert.equal(first, undefined);
    assert.deepEqual(different, [0, 0]);
    assert.equal(comparison.values, 4);
    assert.equal(comparison.largestAbsolute?.row, 9);
    assert.equal(comparison.largestAbsolute?.column, 'yes');
    assert.equal(comparison.largestAbsolute?.library, 4 + 3e-12);
  });

  test('that differs tells the first place and marks each row', () => {
    const { first, different, comparison } = compare(
      { datatype: 'FP64', shape: [3], data: Float64Array.of(1, 2, 3) },
      { shape: [3, 1], data: Float64Array.of(1, 2.1, 4) },
    );
    assert.deepEqual(first, { row: 2, index: 1, berth: 2, library: 2.1 });
    assert.deepEqual(different, [0, 1, 1]);
    assert.equal(comparison.mismatches, 2);
  });

  test('of float32 on either side has the tolerance of float32', () => {
    const near = { shape: [1], data: Float32Array.of(1 + 3e-6) };
    assert.equal(compare({ datatype: 'FP64', shape: [1], data: Float64Array.of(1) }, near).first, undefined);
    const far = { shape: [1], data: Float64Array.of(1 + 3e-6) };
    assert.notEqual(compare({ datatype: 'FP64', shape: [1], data: Float64Array.of(1) }, far).first, undefined);
  });

  test('of labels must be the same', () => {
    const labels: Omit<Tensor, 'name'> = { datatype: 'BYTES', shape: [2], data: ['a', 'b'] };
    assert.equal(compare(labels, { shape: [2], data: ['a', 'b'] }).first, undefined);
    assert.equal(compare(labels, { shape: [2], data: ['a', 'c'] }).first?.library, 'c');
    const whole = { datatype: 'INT64', shape: [1], data: BigInt64Array.of(2n ** 60n) } as const;
    assert.notEqual(compare(whole, { shape: [1], data: BigInt64Array.of(2n ** 60n + 1n) }).first, undefined);
    const flags = { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) } as const;
    assert.equal(compare(flags, { shape: [2], data: [true, false] }).first, undefined);
    assert.equal(compare(flags, { shape: [2], data: ['True', 'False'] }).first, undefined);
    assert.notEqual(compare(flags, { shape: [2], data: [true, true] }).first, undefined);
  });

  test('of half precision is compared by its values', () => {
    const half = { datatype: 'FP16', shape: [1], data: Uint16Array.of(0x3c00) } as const;
    assert.equal(compare(half, { shape: [1], data: Float32Array.of(1) }).first, undefined);
  });

  test('of another shape differs in all rows', () => {
    const { first, different } = compare(
      { datatype: 'FP64', shape: [2, 2], data: new Float64Array(4) },
      { shape: [2, 3], data: new Float64Array(6) },
    );
    assert.deepEqual(first?.shapes, { berth: [2, 2], library: [2, 3] });
    assert.deepEqual(different, [1, 1]);
  });

  test('NaN where the other has a number differs without bound', () => {
    const { comparison, first } = compare(
      { datatype: 'FP64', shape: [2], data: Float64Array.of(Number.NaN, Number.NaN) },
      { shape: [2], data: Float64Array.of(Number.NaN, 1) },
    );
    assert.equal(first?.row, 2);
    assert.equal(comparison.largestAbsolute?.difference, Infinity);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blasDot, fusedMultiplyAdd, roundedNorm } from './rounded-products.ts';

/** A double as whole number × 2^exponent. */
function exactParts(value: number): { whole: bigint; exponent: number } {
  let exponent = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent--;
  }
  return { whole: BigInt(scaled), exponent };
}

/** a·b + c by whole numbers of any size; `Number(bigint)` rounds once, to even. */
function reference(a: number, b: number, c: number): number {
  const [x, y, z] = [a, b, c].map(exactParts);
  const exponent = Math.min(x.exponent + y.exponent, z.exponent);
  const product = (x.whole * y.whole) << BigInt(x.exponent + y.exponent - exponent);
  const sum = product + (z.whole << BigInt(z.exponent - exponent));
  return Number(sum) * 2 ** exponent;
}

const ordinary = fc
  .double({ min: -1e6, max: 1e6, noNaN: true })
  .filter((value) => value === 0 || Math.abs(value) > 1e-6);

test('fusedMultiplyAdd rounds a·b + c once', () => {
  fc.assert(
    fc.property(ordinary, ordinary, ordinary, (a, b, c) => {
      assert.equal(fusedMultiplyAdd(a, b, c) + 0, reference(a, b, c) + 0);
    }),
    { numRuns: 5000 },
  );
});

test('fusedMultiplyAdd keeps what cancels', () => {
  fc.assert(
    fc.property(ordinary, ordinary, (a, b) => {
      assert.equal(fusedMultiplyAdd(a, b, -(a * b)) + 0, reference(a, b, -(a * b)) + 0);
    }),
    { numRuns: 5000 },
  );
});

test('the sums differ from naive ones only in their rounding', () => {
  fc.assert(
    fc.property(fc.array(ordinary, { minLength: 1, maxLength: 40 }), (values) => {
      const row = Float64Array.from(values);
      const naive = row.reduce((sum, value) => sum + value * value, 0);
      const close = (sum: number) => assert.ok(Math.abs(sum - naive) <= 1e-14 * naive);
      close(blasDot(row, 0, row, 0, row.length));
      for (const order of ['einsum', 'old einsum', 'ddot'] as const) close(roundedNorm(row, 0, row.length, order));
    }),
  );
});

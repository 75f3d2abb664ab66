import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expFloat32 } from './exp-float32.ts';

/** Arguments whose `expf` (glibc 2.36) is not the float32 nearest to the exponential. */
const KNOWN: readonly (readonly [number, number])[] = [
  [5.532137393951416, 252.6834259033203],
  [-3.6659533977508545, 0.025579772889614105],
  [-4.035196304321289, 0.017682209610939026],
  [-15.914665222167969, 1.2255999592980515e-7],
  [1.0247527360916138, 2.7864065170288086],
  [59.449920654296875, 6.588286927727495e25],
  [-69.16993713378906, 9.11754701859367e-31],
  [-0.0012273270403966308, 0.998773455619812],
];

test('is the C library’s, also where that is not the nearest float32', () => {
  for (const [x, expected] of KNOWN) {
    assert.equal(expFloat32(x), expected);
    assert.notEqual(Math.fround(Math.exp(x)), expected);
  }
});

test('ends where float32 ends', () => {
  assert.deepEqual(
    [88.72283172607422, 88.72283935546875, -103.97207641601562, -103.97208404541016, -104, 0, -0].map(expFloat32),
    [3.402798519021476e38, Number.POSITIVE_INFINITY, 1.401298464324817e-45, 0, 0, 1, 1],
  );
  assert.ok(Number.isNaN(expFloat32(Number.NaN)));
  assert.equal(expFloat32(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  assert.equal(expFloat32(Number.NEGATIVE_INFINITY), 0);
});

test('lies within one float32 of the exponential', () => {
  const argument = fc.float({ min: -87, max: 88, noNaN: true });
  fc.assert(fc.property(argument, (x) => Math.abs(expFloat32(x) / Math.exp(x) - 1) < 2 ** -23));
});

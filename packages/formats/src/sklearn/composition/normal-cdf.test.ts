import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalCdf } from './normal-cdf.ts';

// scipy.stats.norm.cdf
const VALUES: readonly (readonly [number, number])[] = [
  [0, 0.5],
  [1, 0.8413447460685429],
  [-1, 0.15865525393145707],
  [1.5, 0.9331927987311419],
  [-1.4999, 0.06682015399983361],
  [-3, 0.0013498980316300933],
  [-8, 6.22096057427174e-16],
  [-20, 2.7536241186061556e-89],
  [6, 0.9999999990134123],
];

test('the normal distribution function is exact to a few last digits, tails included', () => {
  for (const [x, expected] of VALUES) {
    assert.ok(Math.abs(normalCdf(x) - expected) <= 1e-12 * expected, `Φ(${x}) = ${normalCdf(x)}, not ${expected}`);
  }
  assert.equal(normalCdf(Infinity), 1);
  assert.equal(normalCdf(-Infinity), 0);
  assert.ok(Number.isNaN(normalCdf(Number.NaN)));
});

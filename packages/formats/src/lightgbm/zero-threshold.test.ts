import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasSplitsAtZero, withTinyAsZero, ZERO_THRESHOLD } from './zero-threshold.ts';

test('cells up to the threshold are zero, as LightGBM 4.6 answers', () => {
  const tiny = Float64Array.of(ZERO_THRESHOLD, -ZERO_THRESHOLD, 1e-300, -1e-36);
  assert.deepEqual([...withTinyAsZero(tiny)], [0, 0, 0, 0]);
  assert.equal(tiny[0], ZERO_THRESHOLD, 'the request keeps its cells');
});

test('other cells stay, in the same array', () => {
  const cells = Float64Array.of(0, -0, Number.NaN, 1.1e-35, -Infinity, 5);
  assert.equal(withTinyAsZero(cells), cells);
});

test('it matters only to splits at zero', () => {
  assert.ok(hasSplitsAtZero(Float64Array.of(3, ZERO_THRESHOLD)));
  assert.ok(hasSplitsAtZero(Float64Array.of(-ZERO_THRESHOLD)));
  assert.ok(!hasSplitsAtZero(Float64Array.of(1, -2, Number.NaN)));
});

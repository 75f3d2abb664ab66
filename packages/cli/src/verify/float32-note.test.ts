import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Note } from './float32-note.ts';
import type { OutputPart } from './report.ts';

const FLOAT64 = { rtol: 1e-9, atol: 1e-10, reason: '' };
const at = (difference: number) => ({ difference, row: 1, berth: 1, library: 1 });

function output(relative: number, absolute: number, more: Partial<OutputPart> = {}): OutputPart {
  const differences = { largestRelative: at(relative), largestAbsolute: at(absolute) };
  return { name: 'transform', compared: true, values: 9, mismatches: 2, tolerance: FLOAT64, ...differences, ...more };
}

test('differences in the last digits of float32 are told as such', () => {
  assert.match(float32Note([output(3e-7, 4e-3)]) ?? '', /float32.*--rtol 1e-5 --atol 1e-6/);
  assert.match(float32Note([output(0.5, 4e-9)]) ?? '', /float32/);
});

test('nothing is told where more differs, or nothing', () => {
  assert.equal(float32Note([output(1e-3, 1e-3)]), undefined);
  assert.equal(float32Note([output(3e-7, 1e-9), output(0.1, 0.1)]), undefined);
  assert.equal(float32Note([output(3e-7, 1e-9), output(0, 1, { tolerance: 'exact' })]), undefined);
  assert.equal(float32Note([output(0, 0, { mismatches: 0 })]), undefined);
  assert.equal(float32Note([output(2e-6, 1e-9, { tolerance: { rtol: 1e-5, atol: 0, reason: '' } })]), undefined);
});

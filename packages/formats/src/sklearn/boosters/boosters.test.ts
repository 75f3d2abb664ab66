import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testGoldenFolder } from '../golden.ts';
import { loadEstimator } from '../load-now.ts';

testGoldenFolder(import.meta.url, './golden');

interface RawCase {
  readonly name: string;
  readonly model: string;
  readonly rows: readonly number[][];
  readonly raw: readonly number[];
}

const { default: rawCases } = (await import('./fixtures/raw.json', { with: { type: 'json' } })) as {
  default: RawCase[];
};

for (const { name, model, rows, raw } of rawCases) {
  test(`a pickled ${name} Booster offers its raw scores, as its own file does`, () => {
    const estimator = loadEstimator(new Uint8Array(Buffer.from(model, 'base64')));
    const x = {
      kind: 'matrix',
      rows: rows.length,
      cols: 4,
      data: Float64Array.from(rows.flat()),
      dtype: 'float64',
    } as const;
    const scores = estimator.decisionFunction?.(x).toFloat64() ?? [];
    assert.equal(scores.length, raw.length);
    for (const [row, score] of raw.entries())
      assert.ok(Math.abs(scores[row] - score) <= 1e-6 * Math.abs(score), `row ${row}`);
  });
}

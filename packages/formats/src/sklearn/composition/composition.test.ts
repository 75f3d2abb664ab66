import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type GoldenCase, testGoldenFolder } from '../golden.ts';
import { loadEstimator } from '../load-now.ts';

testGoldenFolder(import.meta.url, './golden');

test('rows of the wrong width are refused by the step that counts them', () => {
  // 0.22 kept no n_features_in_, and the first step takes any width.
  const file = new URL('./golden/0.22.2.post1.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCase[] };
  const golden = cases.find((one) => one.name === 'pipeline function') as GoldenCase;
  const model = loadEstimator(new Uint8Array(Buffer.from(golden.model, 'base64')));
  for (const cols of [3, 5]) {
    const data = new Float64Array(2 * cols).fill(1);
    assert.throws(() => model.predict?.({ kind: 'matrix', rows: 2, cols, data, dtype: 'float64' }), {
      code: 'INVALID_INPUT',
      message: `X has ${cols} features, but LogisticRegression is expecting 4 features as input`,
    });
  }
});

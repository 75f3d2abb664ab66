import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseXgboost } from './booster.ts';

// The peers' own models are read where they lie beside the repository; elsewhere these tests are skipped.
const shared = process.env.BERTH_SHARED ?? join(import.meta.dirname, '../../../../../shared');
const skip = existsSync(join(shared, 'models')) ? false : 'the shared models are not here';

type Numbers = number[] | number[][];

function assertClose(actual: Float32Array, expected: Numbers, what: string): void {
  const flat = expected.flat();
  assert.equal(actual.length, flat.length, what);
  flat.forEach((value, i) => {
    const bound = 1e-6 * Math.max(Math.abs(value), Math.abs(actual[i]));
    assert.ok(Math.abs(actual[i] - value) <= bound, `${what}: value ${i} is ${actual[i]} instead of ${value}`);
  });
}

describe('the peers’ XGBoost models', { skip }, () => {
  const path = join(shared, 'models/expected.json');
  const expected = skip ? {} : JSON.parse(readFileSync(path, 'utf8'));
  for (const [file, { instances, predict }] of Object.entries<{ instances: number[][]; predict: Numbers }>(expected)) {
    if (!file.includes('xgboost')) continue;
    it(file, () => {
      const booster = parseXgboost(readFileSync(join(shared, 'models', file)));
      assertClose(booster.predict(new Float32Array(instances.flat()), instances.length).data, predict, 'predict');
    });
  }
});

describe('models of old XGBoost releases', { skip }, () => {
  const root = join(shared, 'models/old/xgboost');
  for (const name of skip ? [] : readdirSync(root)) {
    it(name, () => {
      const spec = JSON.parse(readFileSync(join(root, name, 'case.json'), 'utf8'));
      const booster = parseXgboost(readFileSync(join(root, name, spec.file)));
      const inputs: (number | null)[][] = spec.inputs;
      const rows = Float32Array.from(inputs.flat(), (cell) => cell ?? NaN);
      assertClose(booster.predict(rows, inputs.length).data, spec.expected, 'predict');
      if (spec.expected_margin) {
        assertClose(booster.predict(rows, inputs.length, { margin: true }).data, spec.expected_margin, 'margin');
      }
    });
  }
});

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferResponse, Tensor } from '@berth/inference';
import { parseLightgbm } from './booster.ts';
import { lightgbmModel } from './model.ts';

// The peers' own models are read where they lie beside the repository; elsewhere these tests are skipped.
const shared = process.env.BERTH_SHARED ?? join(import.meta.dirname, '../../../../../shared');
const skip = existsSync(join(shared, 'models')) ? false : 'the shared models are not here';

type Numbers = number[] | number[][];

function assertClose(actual: Float64Array, expected: Numbers, what: string): void {
  const flat = expected.flat();
  assert.equal(actual.length, flat.length, what);
  flat.forEach((value, i) => {
    const bound = 1e-12 * Math.max(Math.abs(value), Math.abs(actual[i]));
    assert.ok(Math.abs(actual[i] - value) <= bound, `${what}: value ${i} is ${actual[i]} instead of ${value}`);
  });
}

describe('the peers’ LightGBM models', { skip }, () => {
  const path = join(shared, 'models/expected.json');
  const expected = skip ? {} : JSON.parse(readFileSync(path, 'utf8'));
  for (const [file, { instances, predict }] of Object.entries<{ instances: number[][]; predict: Numbers }>(expected)) {
    if (!file.includes('lightgbm')) continue;
    it(file, () => {
      const booster = parseLightgbm(readFileSync(join(shared, 'models', file)));
      assertClose(booster.predict(new Float64Array(instances.flat()), instances.length).data, predict, 'predict');
    });
  }
});

describe('models of old LightGBM releases', { skip }, () => {
  const root = join(shared, 'models/old/lightgbm');
  for (const name of skip ? [] : readdirSync(root)) {
    it(name, () => {
      const spec = JSON.parse(readFileSync(join(root, name, 'case.json'), 'utf8'));
      const booster = parseLightgbm(readFileSync(join(root, name, spec.file)));
      const inputs: (number | null)[][] = spec.inputs;
      const rows = Float64Array.from(inputs.flat(), (cell) => cell ?? NaN);
      assertClose(booster.predict(rows, inputs.length).data, spec.expected, 'predict');
      if (spec.expected_raw) {
        assertClose(booster.predict(rows, inputs.length, { raw: true }).data, spec.expected_raw, 'raw');
      }
    });
  }
});

describe('requests of the peers’ tests', { skip }, () => {
  it('takes columns by name in any order, one of them absent', () => {
    const path = join(shared, 'models/kserve/lightgbm-iris/model.bst');
    const model = lightgbmModel(parseLightgbm(readFileSync(path)), { flavour: 'kserve' });
    const columns: [string, number][] = [
      ['petal_length_(cm)', 1.4],
      ['sepal_length_(cm)', 5.1],
      ['sepal_width_(cm)', 3.5],
      ['petal_width_(cm)', 0.2],
    ];
    for (const count of [4, 3]) {
      const inputs = columns
        .slice(0, count)
        .map(([name, value]): Tensor => ({ name, datatype: 'FP64', shape: [1], data: Float64Array.of(value) }));
      const response = model.infer({ inputs, layout: 'columns', outputs: [] }) as InferResponse;
      const shares = [...(response.outputs[0].data as Float64Array)];
      assert.equal(shares.indexOf(Math.max(...shares)), 0);
    }
  });
});

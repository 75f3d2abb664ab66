import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferRequest, InferResponse, Tensor } from '@berth/inference';
import { parseXgboost } from './booster.ts';
import { xgboostModel } from './model.ts';

/** One case of tools/golden/xgboost/generate.py. */
interface Case {
  readonly file: string;
  readonly inputs?: (number | null)[][];
  readonly records?: Record<string, number | string | null>[];
  readonly predict: number[] | number[][];
  readonly margin?: number[] | number[][];
  readonly two_rounds?: number[] | number[][];
  readonly best_iteration?: number;
  readonly feature_names?: string[];
  readonly attributes?: Record<string, string>;
  readonly wrapper_predict?: number[];
  readonly wrapper_proba?: number[][];
}

const root = join(import.meta.dirname, 'golden');

/** The tolerance for float32: 1e-6 of the larger value. */
function assertClose(actual: ArrayLike<number | bigint>, expected: number[] | number[][], what: string): void {
  const flat = expected.flat();
  assert.equal(actual.length, flat.length, `${what}: number of values`);
  for (let i = 0; i < flat.length; i++) {
    const value = Number(actual[i]);
    const bound = 1e-6 * Math.max(Math.abs(value), Math.abs(flat[i]));
    assert.ok(Math.abs(value - flat[i]) <= bound, `${what}: value ${i} is ${value} instead of ${flat[i]}`);
  }
}

function matrix(inputs: (number | null)[][]): Tensor {
  const data = Float32Array.from(inputs.flat(), (cell) => cell ?? NaN);
  return { name: 'input-0', datatype: 'FP32', shape: [inputs.length, inputs[0].length], data };
}

function table(records: Record<string, number | string | null>[]): InferRequest {
  const inputs = Object.keys(records[0]).map((name): Tensor => {
    const cells = records.map((record) => record[name]);
    const shape = [cells.length];
    if (typeof cells[0] === 'string') return { name, datatype: 'BYTES', shape, data: cells as string[] };
    return { name, datatype: 'FP64', shape, data: Float64Array.from(cells, (cell) => (cell as number | null) ?? NaN) };
  });
  return { inputs, layout: 'columns', outputs: [] };
}

for (const version of readdirSync(root)) {
  const folder = join(root, version);
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
  describe(`XGBoost ${version}`, () => {
    for (const expected of cases) {
      it(expected.file, () => check(readFileSync(join(folder, expected.file)), expected));
    }
  });
}

function check(bytes: Uint8Array, expected: Case): void {
  const booster = parseXgboost(bytes);
  if (expected.records !== undefined) {
    const response = xgboostModel(booster, { flavour: 'kserve' }).infer(table(expected.records)) as InferResponse;
    assertClose(response.outputs[0].data as Float32Array, expected.predict, 'predict by name');
  }
  if (expected.inputs === undefined) return;
  const input = matrix(expected.inputs);
  const rows = input.data as Float32Array;
  const count = input.shape[0];

  assertClose(booster.predict(rows, count).data, expected.predict, 'predict');
  if (expected.margin) {
    assertClose(booster.predict(rows, count, { margin: true }).data, expected.margin, 'margin');
  }
  // The files of releases before 1.6 do not tell how many trees a round has.
  const [major = 0, minor = 0] = (booster.version ?? '').split('.').map(Number);
  const roundsKnown = major > 1 || minor >= 6 || !/_(5|6)\./.test(expected.file);
  if (expected.two_rounds && roundsKnown) {
    const part = booster.predict(rows, count, { margin: true, iterationEnd: 2 });
    assertClose(part.data, expected.two_rounds, 'two rounds');
  }
  if (expected.best_iteration !== undefined) assert.equal(booster.bestIteration, expected.best_iteration);
  if (expected.feature_names && booster.featureNames) assert.deepEqual(booster.featureNames, expected.feature_names);
  for (const [key, value] of Object.entries(expected.attributes ?? {}))
    assert.equal(booster.attributes.get(key), value);
  if (expected.wrapper_predict) checkWrapper(bytes, input, expected);
}

function checkWrapper(bytes: Uint8Array, input: Tensor, expected: Case): void {
  const model = xgboostModel(parseXgboost(bytes), { flavour: 'mlserver' });
  const outputs = expected.wrapper_proba ? ['predict', 'predict_proba'] : ['predict'];
  const response = model.infer({ inputs: [input], layout: 'tensors', outputs }) as InferResponse;
  assertClose(response.outputs[0].data as Float32Array, expected.wrapper_predict as number[], 'wrapper predict');
  if (expected.wrapper_proba) {
    assertClose(response.outputs[1].data as Float32Array, expected.wrapper_proba, 'wrapper predict_proba');
  }
}

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferRequest, InferResponse, Tensor } from '@berth/inference';
import { parseLightgbm } from './booster.ts';
import { lightgbmModel } from './model.ts';

type Row = Record<string, number | string | boolean | null>;

/** One case of tools/golden/lightgbm/generate.py. */
interface Case {
  readonly file: string;
  readonly inputs: (number | null)[][];
  readonly predict: number[] | number[][];
  readonly raw: number[] | number[][];
  readonly two_rounds: number[] | number[][];
  readonly two_rounds_predict?: number[] | number[][];
  readonly records?: Row[];
}

const root = join(import.meta.dirname, 'golden');

/** The tolerance for float64: 1e-12 of the larger value or of the greatest term that was summed. */
function assertClose(actual: ArrayLike<number>, expected: number[] | number[][], scale: number, what: string): void {
  const flat = expected.flat();
  assert.equal(actual.length, flat.length, `${what}: number of values`);
  for (let i = 0; i < flat.length; i++) {
    const bound = 1e-12 * Math.max(Math.abs(actual[i]), Math.abs(flat[i]), scale);
    assert.ok(Math.abs(actual[i] - flat[i]) <= bound, `${what}: value ${i} is ${actual[i]} instead of ${flat[i]}`);
  }
}

for (const version of readdirSync(root)) {
  const folder = join(root, version);
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
  describe(`LightGBM ${version}`, () => {
    for (const expected of cases) {
      it(expected.file, () => check(readFileSync(join(folder, expected.file)), expected));
    }
  });
}

function check(bytes: Uint8Array, expected: Case): void {
  const booster = parseLightgbm(bytes);
  const rows = Float64Array.from(expected.inputs.flat(), (cell) => cell ?? NaN);
  const count = expected.inputs.length;
  assertClose(booster.predict(rows, count, { raw: true }).data, expected.raw, 0, 'raw');
  assertClose(booster.predict(rows, count).data, expected.predict, 0, 'predict');
  const part = booster.predict(rows, count, { raw: true, iterationEnd: 2 });
  assertClose(part.data, expected.two_rounds, 0, 'two rounds');
  if (expected.two_rounds_predict) {
    assertClose(booster.predict(rows, count, { iterationEnd: 2 }).data, expected.two_rounds_predict, 0, 'two rounds');
  }
  if (expected.records === undefined) return;
  const model = lightgbmModel(booster, { flavour: 'kserve' });
  const response = model.infer(table(expected.records)) as InferResponse;
  assertClose(response.outputs[0].data as Float64Array, expected.predict, 0, 'predict by name');
}

function table(records: Row[]): InferRequest {
  // Reversed: columns are found by name.
  const inputs = Object.keys(records[0])
    .reverse()
    .map((name): Tensor => {
      const cells = records.map((record) => record[name]);
      const shape = [cells.length];
      const filled = cells.find((cell) => cell !== null);
      if (typeof filled === 'string') return { name, datatype: 'BYTES', shape, data: cells as string[] };
      if (typeof filled === 'boolean') return { name, datatype: 'BOOL', shape, data: Uint8Array.from(cells, Number) };
      return {
        name,
        datatype: 'FP64',
        shape,
        data: Float64Array.from(cells, (cell) => (cell as number | null) ?? NaN),
      };
    });
  return { inputs, layout: 'columns', outputs: [] };
}

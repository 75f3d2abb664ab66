import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@berth/inference';
import { discoverModels, loadModel } from './index.ts';

/** Troubles that people had with files and folders, re-made from public reports (each fixture's script says how). */
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

function json(path: string) {
  return JSON.parse(readFileSync(join(fixtures, path), 'utf8'));
}

function closeTo(actual: ArrayLike<unknown>, expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, index) => {
    assert.ok(Math.abs(Number(actual[index]) - value) <= tolerance, `${actual[index]} is not ${value}`);
  });
}

it("015: skl2onnx's default export ends in a map, and is served", async () => {
  const [found] = await discoverModels(join(fixtures, '015-onnx-map-output/repo'), { format: 'onnx' });
  const model = await loadModel(found, { flavour: 'triton' });
  const body = json('015-onnx-map-output/body.json');
  const expected = json('015-onnx-map-output/expected.json');
  assert.equal(model.metadata.outputs.length, 2);
  assert.deepEqual(model.metadata.outputs[1], {
    name: 'output_probability',
    datatype: 'FP32',
    shape: [-1, 3],
    labels: expected.classes.map(String),
  });
  const inputs: Tensor[] = body.inputs.map((input: Tensor) => ({
    ...input,
    data: Float32Array.from(input.data as never),
  }));
  const { outputs } = await model.infer({ inputs, layout: 'tensors', outputs: [] });
  assert.deepEqual(outputs[0].data, BigInt64Array.from(expected.output_label, BigInt));
  assert.deepEqual(outputs[1].shape, [2, 3]);
  closeTo(outputs[1].data, expected.output_probability.flat(), expected.tolerance);
  await model.close();
});

describe('039: what the model file is called', () => {
  const expected = json('039-model-file-names/expected.json');
  const rows: number[][] = json('039-model-file-names/body.json').instances;
  const x: Tensor = { name: 'x', datatype: 'FP64', shape: [2, 4], data: Float64Array.from(rows.flat()) };
  for (const [folder, format, answer] of [
    ['svm-joblib', 'sklearn', expected.svc],
    ['no-extension', 'sklearn', expected.svc],
    ['lgb-txt', 'lightgbm', expected.lightgbm],
    ['xgb-named', 'xgboost', expected.xgboost],
    ['with-litter', 'sklearn', expected.svc],
  ] as const) {
    it(folder, async () => {
      const [found] = await discoverModels(join(fixtures, '039-model-file-names', folder), { format });
      const model = await loadModel(found, { flavour: 'kserve' });
      const { outputs } = await model.infer({ inputs: [x], layout: 'tensors', outputs: [] });
      closeTo(outputs[0].data as ArrayLike<unknown>, answer.flat(), expected.tolerance);
      await model.close();
    });
  }

  it('two-models and nothing are refused with the names of the files', async () => {
    const at = (folder: string) =>
      discoverModels(join(fixtures, '039-model-file-names', folder), { format: 'sklearn' });
    assert.match((await at('two-models'))[0].problem?.message ?? '', /a\.joblib.*b\.joblib/);
    assert.match((await at('nothing'))[0].problem?.message ?? '', /README\.md/);
  });
});

it('069: two versions are two versions, and paths are relative to their settings file', async () => {
  const found = await discoverModels(join(fixtures, '069-serve-from-another-folder/repo'));
  assert.deepEqual(
    found.map((model) => [model.name, model.version, model.format]),
    [
      ['iris', '1', 'sklearn'],
      ['iris', '2', 'sklearn'],
      ['other', undefined, 'sklearn'],
    ],
  );
  const body = json('069-serve-from-another-folder/body.json');
  const inputs: Tensor[] = body.inputs.map((input: Tensor) => ({
    ...input,
    data: Float32Array.from(input.data as never),
  }));
  for (const one of found) {
    const model = await loadModel(one, { flavour: 'mlserver' });
    const { outputs } = await model.infer({ inputs, layout: 'tensors', outputs: [] });
    assert.equal(Number(outputs[0].data[0]), 1);
    await model.close();
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InferResponse } from '@berth/inference';
import { sklearnFormat } from './format.ts';
import { testGoldenFolder } from './golden.ts';

testGoldenFolder(import.meta.url, './golden');

test('probabilities of several targets are asked for together or one by one', async () => {
  const golden = JSON.parse(readFileSync(new URL('./golden/1.9.1.json', import.meta.url), 'utf8')) as {
    cases: { name: string; model: string }[];
  };
  const stored = golden.cases.find(({ name }) => name === 'tree of two targets');
  assert.ok(stored !== undefined);
  const folder = mkdtempSync(join(tmpdir(), 'targets-'));
  try {
    const path = join(folder, 'model.pkl');
    writeFileSync(path, Buffer.from(stored.model, 'base64'));
    const model = await sklearnFormat.load(path, { flavour: 'kserve' });
    const ask = async (name: string) => {
      const input = { name: 'x', datatype: 'FP64', shape: [1, 3], data: new Float64Array(3) } as const;
      const response: InferResponse = await model.infer({ layout: 'tensors', inputs: [input], outputs: [name] });
      return response.outputs.map((output) => output.name);
    };
    assert.deepEqual(await ask('predict_proba'), ['predict_proba_0', 'predict_proba_1']);
    assert.deepEqual(await ask('predict_proba_1'), ['predict_proba_1']);
    await assert.rejects(async () => ask('predict_proba_2'), /it has predict, predict_proba_0, predict_proba_1/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InferResponse, Tensor } from '@berth/inference';
import { sklearnFormat } from './format.ts';
import { closeTo, requestOf, type V1Instance } from './v1-instances.ts';

/** Models saved by scikit-learn 0.22.2, 0.24.2 and 1.0.2, with what each answered. */
const FOLDER = join(import.meta.dirname, 'fixtures/old');

interface Case {
  readonly file: string;
  readonly library_version: string;
  readonly inputs: readonly V1Instance[];
  readonly inputs_nan?: readonly V1Instance[];
  readonly expected: readonly unknown[];
  readonly expected_nan?: readonly unknown[];
  readonly expected_proba?: readonly unknown[];
  readonly expected_decision?: readonly unknown[];
  readonly expected_transform?: readonly unknown[];
}

const names = readdirSync(FOLDER);
test('there are old models', () => assert.equal(names.length, 36));

for (const name of names) {
  test(name, async () => {
    const golden = JSON.parse(readFileSync(join(FOLDER, name, 'case.json'), 'utf8')) as Case;
    const model = await sklearnFormat.load(join(FOLDER, name, golden.file), { flavour: 'kserve' });
    const answer = async (inputs: readonly V1Instance[], output: string): Promise<Tensor> => {
      const { outputs } = (await model.infer({ ...requestOf(inputs), outputs: [output] })) as InferResponse;
      return outputs[0];
    };
    closeTo(await answer(golden.inputs, 'predict'), golden.expected, 1e-11);
    if (golden.expected_proba) closeTo(await answer(golden.inputs, 'predict_proba'), golden.expected_proba, 1e-11);
    if (golden.expected_decision)
      closeTo(await answer(golden.inputs, 'decision_function'), golden.expected_decision, 1e-11);
    if (golden.expected_transform) closeTo(await answer(golden.inputs, 'transform'), golden.expected_transform, 1e-11);
    if (golden.inputs_nan) closeTo(await answer(golden.inputs_nan, 'predict'), golden.expected_nan as unknown[], 1e-11);
  });
}

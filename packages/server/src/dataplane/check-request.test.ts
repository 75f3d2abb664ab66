import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelMetadata } from '@berth/inference';
import { checkRequest } from './check-request.ts';

const specs = ['predict', 'predict_proba_0', 'predict_proba_1', 'other_0'];
const metadata = {
  outputs: specs.map((name) => ({ name, datatype: 'FP64', shape: [-1] })),
} as unknown as ModelMetadata;
const ask = (...outputs: string[]) => checkRequest('m', metadata, { layout: 'tensors', inputs: [], outputs });

test('the probabilities of several targets may be asked for by the name of them all', () => {
  assert.doesNotThrow(() => ask('predict_proba'));
  assert.doesNotThrow(() => ask('predict', 'predict_proba_1'));
});

test('other names are refused with those the model has', () => {
  for (const name of ['predict_proba_2', 'predict_log_proba', 'other', 'transform']) {
    assert.throws(() => ask(name), /these outputs: predict, predict_proba_0, predict_proba_1, other_0/, name);
  }
});

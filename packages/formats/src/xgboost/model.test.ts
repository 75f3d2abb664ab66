import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferResponse, Model } from '@berth/inference';
import type { LoadOptions } from '../format.ts';
import { parseXgboost } from './booster.ts';
import { xgboostFormat } from './format.ts';
import { xgboostModel } from './model.ts';

const golden = join(import.meta.dirname, 'golden/3.2.0');

function load(file: string, options: LoadOptions = { flavour: 'kserve' }): Model {
  return xgboostModel(parseXgboost(readFileSync(join(golden, file))), options);
}

function infer(model: Model, outputs: string[] = []) {
  const data = Float32Array.of(0, 1, -1, 0.5, 2, 1, 1, 1, 1, 1);
  const input = { name: 'x', datatype: 'FP32', shape: [2, 5], data } as const;
  return (model.infer({ inputs: [input], layout: 'tensors', outputs }) as InferResponse).outputs;
}

describe('a served XGBoost model', () => {
  it('answers Booster.predict, in the mlserver flavour the labels of a saved classifier', () => {
    const [booster] = infer(load('wrapper_classifier3.json'));
    assert.deepEqual([booster.name, booster.datatype, booster.shape], ['predict', 'FP32', [2, 3]]);
    const [wrapper] = infer(load('wrapper_classifier3.json', { flavour: 'mlserver' }));
    assert.deepEqual([wrapper.name, wrapper.datatype, wrapper.shape], ['predict', 'INT64', [2]]);
    const [plain] = infer(load('binary_logistic.json', { flavour: 'mlserver' }));
    assert.deepEqual([plain.datatype, plain.shape], ['FP32', [2]]);
  });

  it('answers what is asked for, in that order', () => {
    const [sums, proba] = infer(load('binary_logistic.json'), ['decision_function', 'predict_proba']);
    assert.deepEqual([sums.name, sums.shape], ['decision_function', [2]]);
    assert.deepEqual([proba.name, proba.shape], ['predict_proba', [2, 2]]);
    const p = 1 / (1 + Math.exp(-(sums.data as Float32Array)[0]));
    assert.ok(Math.abs((proba.data as Float32Array)[1] - p) < 1e-6);
    assert.ok(Math.abs((proba.data as Float32Array)[0] - (1 - p)) < 1e-6);
  });

  it('gives multi:softmax probabilities as well', () => {
    const [classes, proba] = infer(load('multi_softmax.ubj'), ['predict', 'predict_proba']);
    assert.deepEqual(proba.shape, [2, 3]);
    const rows = proba.data as Float32Array;
    for (const row of [0, 1]) {
      const shares = [...rows.subarray(row * 3, row * 3 + 3)];
      assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-6);
      assert.equal((classes.data as Float32Array)[row], shares.indexOf(Math.max(...shares)));
    }
  });

  it('answers probabilities by default where PREDICT_PROBA asks for them and there are any', () => {
    const options: LoadOptions = { flavour: 'kserve', predictProba: true };
    assert.equal(infer(load('binary_logistic.json', options))[0].name, 'predict_proba');
    assert.equal(infer(load('reg_gamma.json', options))[0].name, 'predict');
  });

  it('lists its outputs where one is unknown', () => {
    assert.throws(
      () => infer(load('reg_gamma.json'), ['predict_proba']),
      /no output "predict_proba"; it has predict, decision_function/,
    );
  });

  it('ends at the best round in the mlserver flavour only', () => {
    const booster = parseXgboost(readFileSync(join(golden, 'early.json')));
    const data = Float32Array.of(0, 1, -1, 0.5, 2, 1, 1, 1, 1, 1);
    const end = (booster.bestIteration as number) + 1;
    assert.ok(end < booster.iterations);
    assert.deepEqual(infer(load('early.json'))[0].data, booster.predict(data, 2).data);
    const best = booster.predict(data, 2, { iterationEnd: end }).data;
    assert.deepEqual(infer(load('early.json', { flavour: 'mlserver' }))[0].data, best);
    assert.notDeepEqual(best, booster.predict(data, 2).data);
  });

  it('answers no rows for no rows', () => {
    const input = { name: 'x', datatype: 'FP32', shape: [0, 5], data: new Float32Array(0) } as const;
    const response = load('multi_softprob.json').infer({
      inputs: [input],
      layout: 'tensors',
      outputs: [],
    }) as InferResponse;
    assert.deepEqual(response.outputs[0].shape, [0, 3]);
  });

  it('says what can not be read', async () => {
    const options: LoadOptions = { flavour: 'kserve', maxBytes: 100 };
    await assert.rejects(xgboostFormat.load(join(golden, 'none.json'), options), /can not be read: ENOENT/);
    await assert.rejects(xgboostFormat.load(golden, options), /no regular file|EISDIR/);
    await assert.rejects(xgboostFormat.load(join(golden, 'early.json'), options), /more than the limit of 100/);
  });
});

describe('several yes-or-no targets', () => {
  it('answer a probability each, and flags where the wrapper saved the file', () => {
    const bytes = readFileSync(join(golden, 'multilabel.ubj'));
    const booster = parseXgboost(bytes);
    const attributes = new Map([['scikit_learn', '{"_estimator_type": "classifier"}']]);
    const saved = xgboostModel({ ...booster, attributes }, { flavour: 'mlserver' });
    const [flags, shares] = infer(saved, ['predict', 'predict_proba']);
    assert.deepEqual([flags.datatype, flags.shape, shares.shape], ['INT64', [2, 3], [2, 3]]);
    const expected = [...(shares.data as Float32Array)].map((share) => (share > 0.5 ? 1n : 0n));
    assert.deepEqual([...(flags.data as BigInt64Array)], expected);
    assert.deepEqual(infer(xgboostModel(booster, { flavour: 'kserve' }))[0].data, shares.data);
  });
});

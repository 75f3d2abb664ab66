import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InferResponse } from '@berth/inference';
import { sklearnFormat } from './format.ts';
import { closeTo, requestOf, type V1Instance } from './v1-instances.ts';

// Models that the peers publish; they are not part of this repository.
const shared = join(process.env.BERTH_SHARED ?? join(import.meta.dirname, '../../../../../shared'), 'models');
const skip = existsSync(join(shared, 'expected.json')) ? false : 'the shared models are not here';

interface Expected {
  readonly class?: string;
  readonly instances?: readonly V1Instance[] | string;
  readonly request?: string;
  readonly predict?: readonly unknown[];
  readonly predict_proba?: readonly unknown[];
  readonly decision_function?: readonly unknown[];
}

const expected: Record<string, Expected> = skip ? {} : JSON.parse(readFileSync(join(shared, 'expected.json'), 'utf8'));
const METHODS = ['predict', 'predict_proba', 'decision_function'] as const;

test('every published scikit-learn model answers as the original library', { skip }, async () => {
  const known = Object.entries(expected).filter(
    ([path, one]) => path.includes('/sklearn-') && Array.isArray(one.instances),
  );
  assert.ok(known.length >= 7);
  for (const [path, one] of known) {
    const model = await sklearnFormat.load(join(shared, path), { flavour: 'kserve' });
    for (const method of METHODS) {
      const wanted = one[method];
      if (wanted === undefined) continue;
      const request = { ...requestOf(one.instances as V1Instance[]), outputs: [method] };
      const { outputs } = (await model.infer(request)) as InferResponse;
      closeTo(outputs[0], wanted, 1e-9);
    }
  }
});

test('the mixed-type pipeline answers a row of named values', { skip }, async () => {
  const path = 'kserve/sklearn-mixedtype/model.joblib';
  const instance = JSON.parse(readFileSync(join(shared, 'kserve/requests/sklearn_mixed.json'), 'utf8')) as V1Instance;
  const model = await sklearnFormat.load(join(shared, path), { flavour: 'kserve' });
  const { outputs } = (await model.infer(requestOf([instance]))) as InferResponse;
  closeTo(outputs[0], expected[path].predict as unknown[], 1e-11);
});

test('models that no current scikit-learn loads are read', { skip }, async () => {
  const iris = await sklearnFormat.load(join(shared, 'mlserver/sklearn-iris/model.joblib'), { flavour: 'kserve' });
  const rows = [
    [6.8, 2.8, 4.8, 1.4],
    [6.0, 3.4, 4.5, 1.6],
  ];
  const { outputs } = (await iris.infer(requestOf(rows))) as InferResponse;
  assert.equal(outputs[0].shape[0], 2);
  const digits = await sklearnFormat.load(join(shared, 'kserve/sklearn-mnist-forest/model.pickle'), {
    flavour: 'kserve',
  });
  assert.match(digits.metadata.properties.get('summary') ?? '', /RandomForestClassifier/);
  const width = digits.metadata.inputs[0].shape[1];
  const answer = (await digits.infer(requestOf([new Array(width).fill(0)]))) as InferResponse;
  assert.deepEqual(answer.outputs[0].shape, [1, 10]);
});

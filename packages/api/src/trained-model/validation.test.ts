import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkObject } from '../manifest/check-object.ts';
import { parseManifests } from '../manifest/parse-manifests.ts';

const GOOD = { storageUri: 'gs://kfserving-examples/models/sklearn/1.0/model', framework: 'sklearn', memory: '256Mi' };
const trained = (model: object, spec: object = {}, name = 'model1-sklearn') => ({
  apiVersion: 'serving.kserve.io/v1alpha1',
  kind: 'TrainedModel',
  metadata: { name },
  spec: { inferenceService: 'sklearn-iris-example', model: { ...GOOD, ...model }, ...spec },
});
const without = (field: string) => {
  const object = trained({});
  delete (object.spec.model as Record<string, unknown>)[field];
  return object;
};

/** A TrainedModel and the field and text of its one error; without one it is fine. */
const CASES: readonly (readonly [string, object, string?, RegExp?])[] = [
  ["KServe's sample", trained({})],
  ...['s3://b/k', 'https://h/m.joblib', 'http://h/m', 'pvc://c/m', 'file:///m', '/m', 'hf://o/m', 'oci://r/i:1'].map(
    (storageUri) => [`the URI ${storageUri}`, trained({ storageUri })] as const,
  ),
  ...['', 'gs://', 'gs:/b', 'ftp://h/m', 'model.joblib', ' gs://b/k', 'javascript:1'].map(
    (storageUri) => [`the URI "${storageUri}"`, trained({ storageUri }), 'spec.model.storageUri', /URI/i] as const,
  ),
  ['memory of 0', trained({ memory: '0' })],
  ['memory that is no quantity', trained({ memory: 'lots' }), 'spec.model.memory', /not a quantity/],
  ['less than no memory', trained({ memory: '-1Gi' }), 'spec.model.memory', /negative/],
  ['no framework', trained({ framework: '' }), 'spec.model.framework', /empty/],
  ['no framework at all', without('framework'), 'spec.model', /framework is required/],
  ['no memory', without('memory'), 'spec.model', /memory is required/],
  ['no URI', without('storageUri'), 'spec.model', /storageUri is required/],
  ['no service', trained({}, { inferenceService: '' }), 'spec.inferenceService', /name/],
  ['a path for a service', trained({}, { inferenceService: '../a' }), 'spec.inferenceService', /name/],
  ['a path for a name', trained({}, {}, 'x/../../victim'), 'metadata.name', /no valid name/],
  ['no spec', { ...trained({}), spec: null }, 'spec', /required/],
];

describe('a TrainedModel', () => {
  for (const [what, object, field, text] of CASES) {
    test(field === undefined ? `with ${what} is fine` : `with ${what} is refused`, () => {
      const errors = checkObject(object, { strict: false }).filter(({ severity }) => severity === 'error');
      assert.deepEqual(
        errors.map(({ path }) => path),
        field === undefined ? [] : [field],
      );
      if (text !== undefined) assert.match(errors[0]?.message ?? '', text);
    });
  }

  test('the place of what is wrong is told', () => {
    const { issues } = parseManifests(`apiVersion: serving.kserve.io/v1alpha1
kind: TrainedModel
metadata: {name: m}
spec:
  inferenceService: a
  model:
    storageUri: model.joblib
    framework: sklearn
    memory: 1Gi
`);
    assert.deepEqual(
      issues.map(({ line, column, path }) => [line, column, path]),
      [[7, 17, 'spec.model.storageUri']],
    );
  });

  test('its memory is given once; the same amount in other units is no change', () => {
    const change = (memory: unknown) =>
      checkObject(trained({ memory }), { strict: false, previous: trained({ memory: '1Gi' }) }).filter(
        ({ severity }) => severity === 'error',
      );
    assert.deepEqual(change('1024Mi'), []);
    assert.deepEqual(change(2 ** 30), []);
    assert.match(change('2Gi')[0]?.message ?? '', /immutable; it was 1Gi/);
    assert.deepEqual(
      checkObject(trained({ storageUri: 's3://b/k' }), { strict: false, previous: trained({}) }).filter(
        ({ severity }) => severity === 'error',
      ),
      [],
    );
  });
});

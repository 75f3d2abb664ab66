import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiFailure } from '../failure.ts';
import { applyConfiguration, trackUpdate } from './managed-fields.ts';

type Thing = Parameters<typeof trackUpdate>[1];
// biome-ignore lint/suspicious/noExplicitAny: objects of any shape are looked into
type Any = any;

const at = (manager: string) => ({ manager, time: '2026-01-01T00:00:00Z' });
const isvc = (model: object, predictor: object = {}): Thing => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name: 'a', namespace: 'default' },
  spec: { predictor: { model, ...predictor } },
});
const env = (...pairs: [string, string][]) => ({ env: pairs.map(([name, value]) => ({ name, value })) });
const modelOf = (object: Thing) => (object as Any).spec?.predictor?.model;
const entryOf = (object: Thing, manager: string) =>
  (object.metadata.managedFields as Any[]).find((one) => one.manager === manager);
const MODEL = 'f:spec f:predictor f:model'.split(' ');
const inside = (fields: Any, ...steps: string[]) => [...MODEL, ...steps].reduce((value, step) => value?.[step], fields);
const failure = (work: () => unknown): ApiFailure => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof ApiFailure) return thrown;
    throw thrown;
  }
  return assert.fail('it went well');
};

describe('server-side apply', () => {
  const first = applyConfiguration(undefined, isvc(env(['A', '1'])), at('one'), false);
  const both = applyConfiguration(first, isvc(env(['B', '2'])), at('two'), false);

  test('merges env by name, and each manager owns its own items', () => {
    assert.deepEqual(modelOf(both), env(['A', '1'], ['B', '2']));
    assert.deepEqual(inside(entryOf(both, 'two').fieldsV1, 'f:env'), {
      'k:{"name":"B"}': { '.': {}, 'f:name': {}, 'f:value': {} },
    });
  });

  test('takes away an item that its only owner applies no more, and leaves the identity', () => {
    const less = applyConfiguration(both, isvc({}), at('one'), false);
    assert.deepEqual(modelOf(less), env(['B', '2']));
    assert.equal(less.metadata.name, 'a');
    assert.equal(entryOf(less, 'one') === undefined || inside(entryOf(less, 'one').fieldsV1, 'f:env'), undefined);
  });

  test('takes an empty list away with its last item', () => {
    const none = applyConfiguration(first, isvc({ runtime: 'r' }), at('one'), false);
    assert.deepEqual(modelOf(none), { runtime: 'r' });
  });

  test('keeps an item that another manager applies, too', () => {
    const shared = applyConfiguration(first, isvc(env(['A', '1'])), at('two'), false);
    assert.deepEqual(modelOf(applyConfiguration(shared, isvc({}), at('one'), false)), env(['A', '1']));
  });

  test('names field and manager of a conflict, and takes the field over by force', () => {
    const { code, message } = failure(() => applyConfiguration(both, isvc(env(['A', '9'])), at('two'), false));
    assert.equal(code, 409);
    assert.equal(
      message,
      'Apply failed with 1 conflict: conflict with "one": .spec.predictor.model.env[name="A"].value',
    );
    const forced = applyConfiguration(both, isvc(env(['A', '9'], ['B', '2'])), at('two'), true);
    assert.deepEqual(modelOf(forced), env(['A', '9'], ['B', '2']));
    assert.equal(inside(entryOf(forced, 'one').fieldsV1, 'f:env', 'k:{"name":"A"}', 'f:value'), undefined);
  });

  test('tells ports apart by number and protocol, which is TCP where it is left out', () => {
    const ports = (...list: object[]) => isvc({ ports: list });
    const tcp = applyConfiguration(undefined, ports({ containerPort: 80 }), at('one'), false);
    const two = applyConfiguration(tcp, ports({ containerPort: 80, protocol: 'UDP' }), at('two'), false);
    assert.deepEqual(modelOf(two).ports, [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]);
    const same = applyConfiguration(tcp, ports({ containerPort: 80, protocol: 'TCP', name: 'h' }), at('two'), false);
    assert.equal(modelOf(same).ports.length, 1);
  });

  test("takes a list for one field where KServe's schema does: containers", () => {
    const containers = (image: string) => isvc({}, { containers: [{ name: 'c', image }] });
    const made = applyConfiguration(undefined, containers('x'), at('one'), false);
    const { message } = failure(() => applyConfiguration(made, containers('y'), at('two'), false));
    assert.match(message, /: \.spec\.predictor\.containers$/);
  });

  test('takes finalizers as a set', () => {
    const config = (finalizer: string) => ({ ...isvc({}), metadata: { name: 'a', finalizers: [finalizer] } });
    const made = applyConfiguration(undefined, config('x/a'), at('one'), false);
    const two = applyConfiguration(made, config('x/b'), at('two'), false);
    assert.deepEqual(two.metadata.finalizers, ['x/a', 'x/b']);
    assert.deepEqual(entryOf(two, 'two').fieldsV1['f:metadata']['f:finalizers'], { 'v:"x/b"': {} });
  });

  test('an update takes items over, and its writer is named with the version', () => {
    const next = { ...structuredClone(first), spec: isvc(env(['A', '5'], ['C', '3'])).spec } as Thing;
    const updated = trackUpdate(first, next, at('editor'));
    const owned = inside(entryOf(updated, 'editor').fieldsV1, 'f:env');
    assert.deepEqual(owned, {
      'k:{"name":"A"}': { 'f:value': {} },
      'k:{"name":"C"}': { '.': {}, 'f:name': {}, 'f:value': {} },
    });
    const { message } = failure(() => applyConfiguration(updated, isvc(env(['A', '1'])), at('one'), false));
    assert.match(message, /conflict with "editor" using serving\.kserve\.io\/v1beta1: .*env\[name="A"\]\.value$/);
  });

  test('goes on from client-side apply without a conflict, and keeps its annotation in step', () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(config) };
    const live = trackUpdate(
      undefined,
      { ...config, metadata: { ...config.metadata, annotations } },
      at('kubectl-client-side-apply'),
    );
    const changed = { ...config, data: { a: '2' } };
    assert.equal(failure(() => applyConfiguration(live, changed, at('other'), false)).code, 409);
    const applied = applyConfiguration(live, changed, at('kubectl'), false) as Any;
    assert.deepEqual(applied.data, { a: '2' });
    const kept = applied.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'];
    assert.deepEqual(JSON.parse(kept).data, { a: '2' });
  });

  test('of many updaters the oldest become one', () => {
    let object = first;
    for (let index = 0; index < 15; index++) {
      const annotations = { ...(object.metadata.annotations as object), [`k${index}`]: 'v' };
      object = trackUpdate(object, { ...object, metadata: { ...object.metadata, annotations } }, at(`m${index}`));
    }
    const updates = (object.metadata.managedFields as Any[]).filter((one) => one.operation === 'Update');
    assert.equal(updates.length, 10);
    assert.ok(updates.some((one) => one.manager === 'ancient-changes'));
  });
});

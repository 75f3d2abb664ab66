import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyStrategicPatch } from './merge-patch.ts';

describe('strategic merge patch of a ServiceAccount', () => {
  const account = { secrets: [{ name: 'a' }, { name: 'b' }], imagePullSecrets: [{ name: 'old' }] };

  test('merges secrets by name, and replaces imagePullSecrets, as the tags of k8s.io/api say', () => {
    const patch = { secrets: [{ name: 'c' }], imagePullSecrets: [{ name: 'new' }] };
    assert.deepEqual(applyStrategicPatch(account, patch), {
      secrets: [{ name: 'c' }, { name: 'a' }, { name: 'b' }],
      imagePullSecrets: [{ name: 'new' }],
    });
  });

  test('deletes an item, and replaces a list by a directive', () => {
    const without = applyStrategicPatch(account, { secrets: [{ name: 'a', $patch: 'delete' }] });
    assert.deepEqual((without as typeof account).secrets, [{ name: 'b' }]);
    const replaced = applyStrategicPatch(account, { secrets: [{ $patch: 'replace' }, { name: 'z' }] });
    assert.deepEqual((replaced as typeof account).secrets, [{ name: 'z' }]);
  });

  test('keeps the order that the patch asks for, and each item that it does not name before the next that it does', () => {
    const order = [{ name: 'b' }, { name: 'c' }];
    const patch = { secrets: [{ name: 'c' }], '$setElementOrder/secrets': order };
    const { secrets } = applyStrategicPatch(account, patch) as typeof account;
    assert.deepEqual(secrets, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const finalizers = (live: string[], given: object) =>
      (applyStrategicPatch({ metadata: { finalizers: live } }, { metadata: given }) as { metadata: object }).metadata;
    const asked = { finalizers: ['c'], '$setElementOrder/finalizers': ['c', 'a', 'b'] };
    assert.deepEqual(finalizers(['b', 'a'], asked), { finalizers: ['c', 'a', 'b'] });
  });

  test('takes no directive for data, and refuses one that it does not know', () => {
    const patch = { imagePullSecrets: [{ name: 'old', $patch: 'delete' }] };
    assert.deepEqual((applyStrategicPatch(account, patch) as typeof account).imagePullSecrets, [{ name: 'old' }]);
    assert.throws(() => applyStrategicPatch({ data: { a: '1' } }, { data: { $patch: 'nope' } }), /unknown patch type/);
  });

  test('empties a map by a directive', () => {
    const patch = { metadata: { labels: { $patch: 'delete' } } };
    assert.deepEqual(applyStrategicPatch({ metadata: { labels: { a: 'b' } } }, patch), { metadata: { labels: {} } });
  });
});

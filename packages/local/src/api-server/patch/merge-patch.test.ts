import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyStrategicPatch } from './merge-patch.ts';

describe('strategic merge patch of a ServiceAccount', () => {
  const account = { secrets: [{ name: 'a' }, { name: 'b' }], imagePullSecrets: [{ name: 'old' }] };

  test('merges secrets by name, and replaces imagePullSecrets, as the tags of k8s.io/api say', () => {
    const patch = { secrets: [{ name: 'c' }], imagePullSecrets: [{ name: 'new' }] };
    assert.deepEqual(applyStrategicPatch(account, patch), {
      secrets: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      imagePullSecrets: [{ name: 'new' }],
    });
  });

  test('deletes an item, and replaces a list by a directive', () => {
    const without = applyStrategicPatch(account, { secrets: [{ name: 'a', $patch: 'delete' }] });
    assert.deepEqual((without as typeof account).secrets, [{ name: 'b' }]);
    const replaced = applyStrategicPatch(account, { secrets: [{ $patch: 'replace' }, { name: 'z' }] });
    assert.deepEqual((replaced as typeof account).secrets, [{ name: 'z' }]);
  });

  test('empties a map by a directive', () => {
    const patch = { metadata: { labels: { $patch: 'delete' } } };
    assert.deepEqual(applyStrategicPatch({ metadata: { labels: { a: 'b' } } }, patch), { metadata: { labels: {} } });
  });
});

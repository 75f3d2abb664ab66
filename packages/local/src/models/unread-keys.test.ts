import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiObject, ResourceStore } from '@berth/control';
import { LookedAt } from './unread-keys.ts';

test('annotations that nothing reads are told of what was looked at, and of nothing else', () => {
  const object = (name: string, annotations: Record<string, string>): ApiObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'team',
      annotations,
      uid: 'u',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '',
    },
    data: { AWS_ACCESS_KEY_ID: btoa('a'), AWS_SECRET_ACCESS_KEY: btoa('canary'), anything: btoa('canary') },
  });
  const objects = [
    object('used', {
      'serving.kserve.org/s3-endpoint': '127.0.0.1:9099',
      'serving.kserve.io/s3-verifySSL': '0',
      'serving.kserve.io/s3-usehttps': '0',
      'example.com/owner': 'team-a',
    }),
    object('unused', { 'serving.kserve.org/s3-endpoint': 'x' }),
  ];
  const store = { get: (key: { name: string }) => objects.find((one) => one.metadata.name === key.name) };
  const looked = new LookedAt(store as unknown as ResourceStore);
  assert.equal(looked.get({ kind: 'Secret', namespace: 'team', name: 'used' })?.metadata.name, 'used');
  assert.equal(looked.get({ kind: 'Secret', namespace: 'team', name: 'gone' }), undefined);
  const warnings = looked.warnings();
  assert.equal(warnings.length, 2, warnings.join('\n'));
  assert.match(
    warnings[0] ?? '',
    /^Secret used: .*serving\.kserve\.org\/s3-endpoint.*serving\.kserve\.io\/s3-endpoint/,
  );
  assert.match(warnings[1] ?? '', /s3-verifySSL.*s3-verifyssl/);
  assert.doesNotMatch(warnings.join(), /canary/);
});

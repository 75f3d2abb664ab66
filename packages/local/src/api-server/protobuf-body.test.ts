import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeProtobuf } from './protobuf-body.ts';

/** Bodies as kubectl 1.32 sent them. */
const RECORDED = {
  secret: 'azhzAAoMCgJ2MRIGU2VjcmV0Ei8KEgoCczMSABoAIgAqADIAOABCABIXChFBV1NfQUNDRVNTX0tFWV9JRBICbWUaABoAIgA=',
  namespace: 'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhkKEQoBeBIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==',
  account: 'azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSEwoRCgF5EgAaACIAKgAyADgAQgAaACIA',
  configMap: 'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEhsKEQoBYxIAGgAiACoAMgA4AEIAEgYKAWESAWIaACIA',
  review:
    'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSVwoQCgASABoAIgAqADIAOABCABI5CjcK' +
    'AXoSBmNyZWF0ZRoRc2VydmluZy5rc2VydmUuaW8iACoRaW5mZXJlbmNlc2VydmljZXMyADoAGggIABIAGgAgABoAIgA=',
  token: 'azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIaChAKABIAGgAiACoAMgA4AEIAEgAaBAoAEgAaACIA',
};

function decoded(name: keyof typeof RECORDED): Record<string, unknown> | undefined {
  return decodeProtobuf(Buffer.from(RECORDED[name], 'base64'));
}

describe('protobuf bodies of kubectl', () => {
  it('are the objects that JSON would be', () => {
    assert.deepEqual(decoded('secret'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's3' },
      data: { AWS_ACCESS_KEY_ID: 'bWU=' },
    });
    assert.deepEqual(decoded('namespace'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } });
    assert.deepEqual(decoded('account'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'y' } });
    assert.deepEqual(decoded('configMap')?.data, { a: 'b' });
    assert.deepEqual(decoded('review')?.spec, {
      resourceAttributes: {
        namespace: 'z',
        verb: 'create',
        group: 'serving.kserve.io',
        resource: 'inferenceservices',
      },
    });
  });

  it('of other kinds are not read', () => {
    assert.equal(decoded('token'), undefined);
  });

  it('that are broken throw an error and do nothing else', () => {
    const good = Buffer.from(RECORDED.secret, 'base64');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bad = Buffer.from(good);
        bad[at] = byte;
        try {
          decodeProtobuf(bad);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
    );
    assert.throws(() => decodeProtobuf(Buffer.from('{}')), /does not begin/);
    assert.throws(() => decodeProtobuf(good.subarray(0, good.length - 9)));
  });
});

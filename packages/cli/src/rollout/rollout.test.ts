import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../resources/session.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import { promotePatch, restartPatch, undoPatch } from './patches.ts';
import { revisionHistory, rolloutText } from './rollout-text.ts';

const service = (spec: unknown, predictor: object = {}): KubeObject => ({
  metadata: { name: 'iris' },
  spec,
  status: { components: { predictor } },
});
const revisions = [
  {
    metadata: { name: 'iris-predictor-00001' },
    spec: { predictor: { model: { storageUri: '/one' } }, modelDigest: 'a'.repeat(64) },
  },
  { metadata: { name: 'iris-predictor-00002' }, spec: { predictor: { model: { storageUri: '/two' } } } },
];

describe('promote', () => {
  test('a canary by percent loses its percent', () => {
    assert.deepEqual(promotePatch(service({ predictor: { canaryTrafficPercent: 10, model: {} } })), {
      spec: { predictor: { canaryTrafficPercent: null } },
    });
  });
  test('the only variant becomes the predictor, and what it does not name goes, but for scaling', () => {
    const patch = promotePatch(
      service({
        predictor: { sklearn: { storageUri: '/one' }, minReplicas: 2 },
        canary: [{ trafficPercent: 10, predictor: { name: 'next', model: { storageUri: '/two' } } }],
      }),
    );
    assert.deepEqual(patch, {
      spec: { canary: null, predictor: { name: 'next', model: { storageUri: '/two' }, sklearn: null, minReplicas: 2 } },
    });
  });
  test('nothing to promote, or no telling which, is said', () => {
    assert.throws(() => promotePatch(service({ predictor: { model: {} } })), /nothing to promote/);
    const variant = (name: string) => ({ trafficPercent: 1, predictor: { name } });
    assert.throws(() => promotePatch(service({ predictor: {}, canary: [variant('a'), variant('b')] })), /a, b/);
  });
});

describe('undo', () => {
  test('a canary under way gets 0 %, variants go', () => {
    assert.deepEqual(undoPatch(service({ predictor: { canaryTrafficPercent: 10 } }), revisions, undefined), {
      spec: { predictor: { canaryTrafficPercent: 0 } },
    });
    const variants = { predictor: {}, canary: [{ trafficPercent: 1, predictor: { name: 'a' } }] };
    assert.deepEqual(undoPatch(service(variants), revisions, undefined), { spec: { canary: null } });
  });
  test('after a rollout the predictor of the revision before comes back', () => {
    const now = service(
      { predictor: { onnx: { storageUri: '/two' } } },
      { previousRolledoutRevision: 'iris-predictor-00001' },
    );
    const expected = {
      metadata: { annotations: { 'berth.dev/rollback-to': 'iris-predictor-00001' } },
      spec: { predictor: { model: { storageUri: '/one' }, canaryTrafficPercent: null, onnx: null } },
    };
    assert.deepEqual(undoPatch(now, revisions, undefined), expected);
    assert.deepEqual(undoPatch(now, revisions, '1'), expected);
  });
  test('no such revision', () => {
    const now = service({ predictor: {} });
    assert.throws(() => undoPatch(now, revisions, undefined), CommandError);
    assert.throws(() => undoPatch(now, revisions, '7'), /no revision 7/);
  });
});

test('shares and history are told', () => {
  const traffic = [
    { revisionName: 'iris-predictor-00002', percent: 10 },
    { revisionName: 'iris-predictor-00001', percent: 90, tag: 'prev' },
  ];
  const now = service({ predictor: {} }, { traffic });
  assert.equal(rolloutText(now), 'traffic: iris-predictor-00002 10 %, iris-predictor-00001 90 % (prev)\n');
  const text = revisionHistory(now, revisions, new Date());
  assert.match(text, /iris-predictor-00001 +90 % +a{12}/);
  assert.match(text, /iris-predictor-00002 +10 %/);
});

test('variants have their shares, and the predictor the rest', () => {
  const traffic = [{ revisionName: 'iris-stable-predictor-00001', percent: 100 }];
  const now = service({ predictor: {} }, { traffic });
  const canaryStatuses = [
    { name: 'blue', ready: true, trafficPercent: 25 },
    { name: 'green', ready: false, trafficPercent: 10 },
  ];
  const tried = { ...now, status: { ...(now.status as object), canaryStatuses } };
  assert.equal(rolloutText(tried), 'traffic: iris-stable-predictor-00001 75 %, blue 25 % (variant)\n');
  const names = ['iris-stable-predictor-00001', 'iris-blue-predictor-00001', 'iris-blue-predictor-00002'];
  const text = revisionHistory(
    tried,
    names.map((name) => ({ metadata: { name } })),
    new Date(),
  );
  assert.match(text, /iris-stable-predictor-00001 +75 %/);
  assert.match(text, /iris-blue-predictor-00001 +0 %/);
  assert.match(text, /iris-blue-predictor-00002 +25 %/);
});

test('a restart ends a rollback', () => {
  assert.deepEqual(restartPatch(new Date(0)), {
    metadata: { annotations: { 'berth.dev/restarted-at': '1970-01-01T00:00:00.000Z', 'berth.dev/rollback-to': null } },
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideHpa, type HpaState } from './hpa.ts';
import { missingRequest, resourceRequest } from './resource-request.ts';
import { replicasByUtilization } from './utilization.ts';

const GIB = 1024 ** 3;
const usage = (used: (number | undefined)[], more: { current?: number; unready?: number; target?: number } = {}) =>
  replicasByUtilization({ used, unready: 0, request: 2, target: 50, current: used.length, ...more })?.replicas;

describe('replicas by what they use of their request', () => {
  test('ceil(replicas × use / target), and nothing within a tenth', () => {
    assert.equal(usage([2, 2]), 4);
    assert.equal(usage([1.08, 1.08]), 2);
    assert.equal(usage([1.12, 1.12]), 3);
    assert.equal(usage([0.2, 0.2]), 1);
    assert.equal(usage([0, 0]), 0);
  });
  test('who has not been measured is no reason for fewer', () => {
    assert.equal(usage([0.2, undefined]), 2);
    assert.equal(usage([0.1, 0.1, 0.1, undefined]), 3);
    assert.equal(usage([undefined, undefined]), undefined);
    assert.equal(usage([]), undefined);
  });
  test('nor for many more', () => {
    assert.equal(usage([2, undefined]), 2);
    assert.equal(usage([2], { unready: 1, current: 2 }), 2);
    assert.equal(usage([2, 2], { unready: 1, current: 3 }), 4);
  });
  test('holds for bytes as for cores', () => {
    const input = { unready: 0, request: 4 * GIB, target: 75, current: 1 };
    assert.deepEqual(replicasByUtilization({ ...input, used: [6 * GIB] }), { replicas: 2, percent: 150 });
  });
});

describe('the decision by CPU', () => {
  const policy = { minScale: 1, maxScale: 10 };
  const step = (count: number, each: number, now: number, state: HpaState) =>
    decideHpa(
      { policy, used: Array(count).fill(each), unready: 0, request: 1, target: 80, current: count, now },
      state,
    ) ?? assert.fail();
  test('stays within bounds', () => {
    assert.equal(step(9, 4, 0, []).replicas, 10);
    assert.equal(step(1, 0, 400_000, [{ at: 390_000, replicas: 1 }]).replicas, 1);
  });
  test('down only to the most that was wanted in five minutes, and at the start that is what was found', () => {
    let state: HpaState = [];
    for (let now = 0; now <= 285_000; now += 15_000) {
      const made = step(4, 0.1, now, state);
      assert.equal(made.replicas, 4);
      ({ state } = made);
    }
    assert.equal(step(4, 0.1, 300_000, state).replicas, 1);
  });
  test('after a gap nothing that was wanted before counts, and what is there stays', () => {
    const low = step(4, 0.1, 0, []);
    assert.equal(step(4, 0.1, 900_000, low.state).replicas, 4);
  });
});

describe('what a replica requests', () => {
  test('its request, or its limit', () => {
    assert.equal(resourceRequest({ requests: { memory: '4Gi' }, limits: { memory: '8Gi' } }, 'memory'), 4 * GIB);
    assert.equal(resourceRequest({ requests: {}, limits: { cpu: '500m' } }, 'cpu'), 0.5);
    assert.equal(resourceRequest({ requests: {}, limits: {} }, 'cpu'), undefined);
  });
  test('or nothing, and then it is named', () => {
    assert.match(missingRequest({ requests: { cpu: '1' }, limits: {} }, 'memory') ?? '', /missing request for memory/);
    assert.equal(missingRequest({ requests: { cpu: '1' }, limits: {} }, 'cpu'), undefined);
    assert.equal(missingRequest({ requests: {}, limits: {} }, 'concurrency'), undefined);
  });
});

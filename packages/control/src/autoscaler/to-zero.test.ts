import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Activity, toZero } from './to-zero.ts';

/** Runs it every two seconds for so long with nothing wanted; gives the second at which the last replica goes. */
function lastSecond(retentionSeconds: number, start: Activity, more: { wasAsked?: boolean; ready?: number } = {}) {
  let activity = start;
  const policy = { stableWindowMs: 60_000, scaleToZeroPodRetentionMs: retentionSeconds * 1_000 };
  for (let now = 0; now < 2_000_000; now += 2_000) {
    const { wasAsked = true, ready = 1 } = more;
    const made = toZero({ policy, wanted: 0, current: 1, ready, wasAsked, now }, activity);
    activity = made.activity;
    if (made.replicas === 0) return now / 1_000;
  }
  return undefined;
}

describe('the last replica', () => {
  const active: Activity = { kind: 'active', since: 0 };
  test('goes when the revision was active for a stable window', () => assert.equal(lastSecond(0, active), 60));
  test('was active for longer: goes at once', () => assert.equal(lastSecond(0, { kind: 'active', since: -60_000 }), 0));
  test('stays for the retention period on top', () => assert.equal(lastSecond(120, active), 180));
  test('that nobody asked goes soon, and is retained all the same', () => {
    assert.equal(lastSecond(0, active, { wasAsked: false }), 2);
    assert.equal(lastSecond(30, active, { wasAsked: false }), 32);
  });
  test('that does not get ready is given up after ten minutes and a half', () =>
    assert.equal(lastSecond(0, { kind: 'activating', since: 0 }, { ready: 0 }), 630));
  test('wanted again, begins anew', () => {
    const policy = { stableWindowMs: 60_000, scaleToZeroPodRetentionMs: 60_000 };
    const input = { policy, current: 1, ready: 1, wasAsked: true };
    const waits = toZero({ ...input, wanted: 0, now: 60_000 }, active);
    assert.deepEqual(waits, { replicas: 1, activity: { kind: 'inactive', since: 60_000 } });
    const wanted = toZero({ ...input, wanted: 2, now: 62_000 }, waits.activity);
    assert.deepEqual(wanted, { replicas: 2, activity: { kind: 'active', since: 62_000 } });
  });
});

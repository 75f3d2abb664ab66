import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartBackOff } from './restart-back-off.ts';

test('ends without use wait longer and longer, up to five minutes', () => {
  const backOff = new RestartBackOff();
  const waits = Array.from({ length: 12 }, () => backOff.next(100));
  assert.deepEqual(waits.slice(0, 5), [0, 1_000, 2_000, 4_000, 8_000]);
  assert.equal(waits.at(-1), 300_000);
  assert.equal(backOff.ends, 12);
});

test('a run that served is one end, and waits a second at most', () => {
  const backOff = new RestartBackOff();
  for (let kills = 0; kills < 50; kills++) {
    assert.ok(backOff.next(5_000, 4_000) <= 1_000);
    assert.equal(backOff.ends, 1);
  }
  backOff.next(100);
  assert.equal(backOff.ends, 2);
});

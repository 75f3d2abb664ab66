import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

function make(work: (key: string) => void) {
  const clock = new FakeClock();
  const errors: [string, number][] = [];
  const queue = new WorkQueue({
    work,
    clock,
    timers: clock,
    random: () => 1,
    onError: (key, _error, attempt) => errors.push([key, attempt]),
  });
  return { clock, errors, queue };
}

describe('the work queue', () => {
  test('works on a key once, however often it was added, and only after the start', async () => {
    const done: string[] = [];
    const { queue } = make((key) => done.push(key));
    for (const key of ['a', 'b', 'a']) queue.add(key);
    await settle();
    assert.deepEqual(done, []);
    queue.start();
    await settle();
    assert.deepEqual(done, ['a', 'b']);
    queue.add('a');
    await settle();
    assert.deepEqual(done, ['a', 'b', 'a']);
  });

  test('tries again with growing delays up to a bound, and starts over after a success', async () => {
    let fails = true;
    let count = 0;
    const { clock, errors, queue } = make(() => {
      count++;
      if (fails) throw new Error('no');
    });
    queue.start();
    queue.add('a');
    await settle();
    await clock.advance(100);
    await clock.advance(200);
    assert.deepEqual(errors, [
      ['a', 1],
      ['a', 2],
      ['a', 3],
    ]);
    await clock.advance(3_600_000);
    const before = count;
    await clock.advance(120_000);
    assert.ok(count - before >= 2, 'the longest delay is a minute');
    fails = false;
    await clock.advance(60_000);
    const after = count;
    await clock.advance(600_000);
    assert.equal(count, after);
  });

  test('keeps the earlier of two times', async () => {
    const done: number[] = [];
    const { clock, queue } = make(() => done.push(clock.monotonic()));
    queue.start();
    const start = clock.monotonic();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 5000);
    await clock.advance(10_000);
    assert.deepEqual(done, [start + 100]);
  });

  test('lets others have their turn where a key adds itself for ever', async () => {
    let count = 0;
    const { queue } = make((key) => {
      count++;
      queue.add(key);
    });
    queue.start();
    queue.add('a');
    await settle();
    assert.ok(count < 100);
    queue.stop();
  });

  test('does nothing after it was stopped', async () => {
    const done: string[] = [];
    const { clock, queue } = make((key) => done.push(key));
    queue.start();
    queue.addAfter('a', 100);
    queue.add('b');
    queue.stop();
    await clock.advance(1000);
    assert.deepEqual(done, []);
  });
});

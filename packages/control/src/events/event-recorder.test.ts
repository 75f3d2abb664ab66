import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ApiObject } from '../store/resource-store.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { FakeStore } from '../testing/fake-store.ts';
import { EventRecorder } from './event-recorder.ts';

function make() {
  const clock = new FakeClock();
  const store = new FakeStore(() => clock.now());
  const object = store.create({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'iris', namespace: 'default' },
  });
  return { clock, store, object, recorder: new EventRecorder(store, clock) };
}

const event = (message: string) => ({ type: 'Normal' as const, reason: 'Tested', message });

describe('events', () => {
  test('name their object, and count up where they repeat', async () => {
    const { clock, store, object, recorder } = make();
    recorder.record(object, event('a'));
    await clock.advance(60_000);
    recorder.record(object, event('a'));
    const [first, ...others] = store.list('Event');
    assert.deepEqual(others, []);
    assert.equal(first?.count, 2);
    assert.notEqual(first?.firstTimestamp, first?.lastTimestamp);
    assert.equal((first?.involvedObject as { uid: string } | undefined)?.uid, object.metadata.uid);
  });

  test('that are told once stay at one, also for a recorder that starts anew', () => {
    const { clock, store, object, recorder } = make();
    recorder.once(object, event('a'));
    recorder.once(object, event('a'));
    new EventRecorder(store, clock).once(object, event('a'));
    assert.deepEqual(
      store.list('Event').map((one) => one.count),
      [1],
    );
  });

  test('are bounded, however much there is to say', async () => {
    const { clock, store, object, recorder } = make();
    for (let count = 0; count < 500; count++) {
      recorder.record(object, event(`replica ${count}`));
      recorder.record(object, { type: 'Warning', reason: `Reason${count}`, message: 'x'.repeat(5000) });
    }
    assert.ok(store.list('Event').length <= 30, String(store.list('Event').length));
    assert.ok(store.list('Event').every((one) => String(one.message).length <= 1024));
    await clock.advance(600_001);
    recorder.record(object, event('later'));
    assert.ok(store.list('Event').some((one: ApiObject) => one.message === 'later'));
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StartError } from '@berth/exposure';
import { InferenceError } from '@berth/inference';
import { MetricsRegistry } from '@berth/telemetry';
import { emptyStatistics } from '../dataplane/instruments.ts';
import { fakeService } from '../testing/fake-service.ts';
import { BackOff } from './back-off.ts';
import { NO_COUNTS, retire, sumCounts, withRetired } from './counts.ts';
import { HeldRepository } from './held-repository.ts';
import { Link, LinkError } from './link.ts';
import type { Counts } from './messages.ts';

function counts(model: string, successes: number, inFlight = 0): Counts {
  const registry = new MetricsRegistry();
  registry.counter('served_total', 'Served', ['model']).with(model).add(successes);
  registry.gauge('in_flight', 'In flight', ['model']).with(model).value = inFlight;
  registry.histogram('seconds', 'Seconds', ['model']).with(model).observe(0.02);
  const statistics = { ...emptyStatistics(), inferenceCount: successes, lastInferenceMs: successes };
  return { metrics: registry.snapshot(), statistics: [[{ name: model, version: '1', statistics }]] };
}

function value(all: Counts, family: string): number | undefined {
  return all.metrics.families.find((each) => each.name === family)?.series[0]?.value;
}

describe('counts of several processes', () => {
  test('add up, the last inference is the latest', () => {
    const sum = sumCounts([counts('a', 3, 1), counts('a', 4, 2)]);
    assert.equal(value(sum, 'served_total'), 7);
    assert.equal(value(sum, 'in_flight'), 3);
    assert.equal(sum.statistics[0]?.[0]?.statistics.inferenceCount, 7);
    assert.equal(sum.statistics[0]?.[0]?.statistics.lastInferenceMs, 4);
    assert.equal(sum.metrics.families.find((each) => each.name === 'seconds')?.series[0]?.count, 2);
  });

  test('of a dead one stay, without what was in flight', () => {
    const kept = retire(retire(NO_COUNTS, counts('a', 3, 5)), counts('a', 2, 1));
    const all = withRetired(counts('a', 1, 1), kept);
    assert.equal(value(all, 'served_total'), 6);
    assert.equal(value(all, 'in_flight'), 1);
    assert.equal(all.statistics[0]?.[0]?.statistics.inferenceCount, 6);
  });

  test('a model that only dead ones had is no longer listed in the statistics', () => {
    const all = withRetired(counts('a', 1), retire(NO_COUNTS, counts('gone', 3)));
    assert.deepEqual(
      all.statistics[0]?.map(({ name }) => name),
      ['a'],
    );
  });

  test('nothing at all is nothing', () => {
    assert.deepEqual(withRetired(sumCounts([]), NO_COUNTS), NO_COUNTS);
  });
});

test('a worker that served is replaced at once, one that can not start ever later', () => {
  const backOff = new BackOff();
  assert.equal(backOff.delayAfter(60_000), 0);
  assert.deepEqual(
    [1, 2, 3].map(() => backOff.delayAfter(undefined)),
    [1_000, 2_000, 4_000],
  );
  assert.equal(backOff.delayAfter(10), 8_000);
  for (let tries = 0; tries < 100; tries++) assert.ok(backOff.delayAfter(undefined) <= 300_000);
  assert.equal(backOff.delayAfter(5_000), 0);
  assert.equal(backOff.delayAfter(undefined), 1_000);
});

describe('a link', () => {
  /** Two ends that hear each other through structured clones, as processes do. */
  function pair(handlers: Record<string, (argument: never) => unknown>): Link {
    let left: Link;
    const right: Link = new Link(
      { send: (message) => queueMicrotask(() => left.receive(structuredClone(message))) },
      new Map(Object.entries(handlers)),
    );
    left = new Link({ send: (message) => queueMicrotask(() => right.receive(structuredClone(message))) }, new Map());
    return left;
  }

  test('carries values, and errors with their kind', async () => {
    const link = pair({
      double: (number: number) => number * 2,
      refuse: () => {
        throw new InferenceError('OVERLOADED', 'full', { retryAfterSeconds: 3 });
      },
      start: async () => {
        throw new StartError('no port', { exitCode: 4 });
      },
    });
    assert.equal(await link.call('double', 21), 42);
    await assert.rejects(
      link.call('refuse', 0),
      (error) => error instanceof InferenceError && error.code === 'OVERLOADED' && error.retryAfterSeconds === 3,
    );
    await assert.rejects(link.call('start', 0), (error) => error instanceof StartError && error.exitCode === 4);
    await assert.rejects(link.call('nothing', 0), /no "nothing" to call/);
  });

  test('gives up when the other side does not answer, or is gone', async () => {
    const link = pair({ never: () => new Promise(() => undefined) });
    await assert.rejects(
      link.call('never', 0, 10),
      (error) => error instanceof LinkError && error.reason === 'timeout',
    );
    const waiting = link.call('never', 0);
    link.close();
    await assert.rejects(waiting, (error) => error instanceof LinkError && error.reason === 'gone');
    await assert.rejects(link.call('never', 0), LinkError);
  });

  test('leaves messages alone that are none of its own', () => {
    const link = pair({});
    for (const message of [null, undefined, 1, 'x', {}, { kind: 'result', id: 99 }, { cmd: 'NODE_X' }])
      link.receive(message);
  });
});

test('a model that is held is shown as loading and does not answer, until it is released', () => {
  const repository = new HeldRepository(fakeService([{ name: 'm' }]).repository);
  repository.hold('m', 'LOADING');
  assert.equal(repository.find('m')?.versions[0]?.state, 'LOADING');
  assert.equal(repository.list()[0]?.versions[0]?.state, 'LOADING');
  assert.throws(
    () => repository.resolve('m'),
    (error) => error instanceof InferenceError && error.code === 'NOT_READY',
  );
  repository.release('m');
  assert.equal(repository.resolve('m').served.name, 'm');
  assert.equal(repository.find('m')?.versions[0]?.state, 'READY');
});

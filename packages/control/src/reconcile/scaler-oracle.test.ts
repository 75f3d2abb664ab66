import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RevisionLoad } from '@berth/api';
import fc from 'fast-check';
import { scalingPolicy } from '../autoscaler/policy.ts';
import { KpaOracle } from '../testing/kpa-oracle.ts';
import { type ScaleQuestion, Scaler } from './scaler.ts';

/** One second: the load (undefined: nobody reports), and how many replicas are lost in it. */
interface Second {
  readonly load: number | undefined;
  readonly lost: number;
}

interface Setting {
  readonly predictor: Readonly<Record<string, number | string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Seconds that a replica needs to get ready. */
  readonly startSeconds: number;
}

const PREFIX = 'autoscaling.knative.dev/';

/** Drives the autoscaler and the oracle with the same seconds; they must want the same at each tick. */
function compare(setting: Setting, seconds: readonly Second[]): number[] {
  let now = 0;
  const scaler = new Scaler({ now: () => new Date(0), monotonic: () => now });
  const predictor = setting.predictor as never;
  const { policy } = scalingPolicy(predictor, setting.annotations);
  const oracle = new KpaOracle(policy, Math.max(1, policy.minScale));
  const starting: number[] = [];
  let ready = 0;
  let wasNew = true;
  const ask = () => {
    const question = {
      isvc: { metadata: { name: 'iris', annotations: setting.annotations } },
      track: { predictor },
      revision: { namespace: 'default', name: 'r1', plan: {} },
      replicas: Array.from({ length: ready }, (_, index) => ({ id: `${index}`, state: 'ready' })),
      isNew: wasNew,
      demanded: false,
    } as unknown as ScaleQuestion;
    return scaler.desired(question);
  };
  ask();
  wasNew = false;
  const wanted: number[] = [];
  for (const [index, { load, lost }] of seconds.entries()) {
    // At a little after the second, as measurements come.
    now = index * 1_000 + 10;
    oracle.measure(load);
    if (load !== undefined) scaler.observe(load > 0 || index % 3 === 0 ? [reportOf(load, policy.metric)] : []);
    ready = Math.max(0, ready - lost);
    while (starting[0] !== undefined && starting[0] <= index) {
      starting.shift();
      ready++;
    }
    ask();
    if (index % 2 === 1) {
      scaler.tick(() => []);
      const expected = oracle.tick(ready);
      const found = ask();
      assert.equal(
        found,
        expected,
        `second ${index}: ready ${ready}; ${scaler.decisionOf({ namespace: 'default', name: 'r1' } as never)?.explanation}`,
      );
      wanted.push(found);
      ready = Math.min(ready, found);
      while (ready + starting.length > found) starting.pop();
      while (ready + starting.length < found) starting.push(index + setting.startSeconds);
    }
  }
  return wanted;
}

function reportOf(load: number, metric: string): RevisionLoad {
  const isBusy = load > 0 ? 1 : 0;
  return {
    namespace: 'default',
    service: 'iris',
    revision: 'r1',
    windowMs: 1_000,
    averageConcurrency: metric === 'rps' ? 1 : load,
    requests: metric === 'rps' ? load : isBusy,
    waiting: 0,
    running: isBusy,
  };
}

const steady = (load: number | undefined, seconds: number): Second[] =>
  Array.from({ length: seconds }, () => ({ load, lost: 0 }));

describe('the autoscaler and the written rules of Knative want the same', () => {
  const setting: Setting = {
    predictor: { minReplicas: 0, maxReplicas: 40, scaleTarget: 10 },
    annotations: {},
    startSeconds: 3,
  };

  test('of a load that jumps, stays, falls and ends', () => {
    const wanted = compare(setting, [
      ...steady(0, 20),
      ...steady(5, 60),
      ...steady(140, 90),
      ...steady(30, 200),
      ...steady(0, 200),
    ]);
    assert.equal(Math.max(...wanted), 20);
    assert.equal(wanted.at(-1), 0);
  });

  test('of a saw tooth, of a day in minutes, and of single requests', () => {
    const second = (load: number): Second => ({ load: Math.max(0, Math.round(load)), lost: 0 });
    compare(
      setting,
      Array.from({ length: 600 }, (_, index) => second((index % 60) * 3)),
    );
    compare(
      setting,
      Array.from({ length: 900 }, (_, index) => second(100 * Math.sin((index / 900) * 2 * Math.PI))),
    );
    compare(
      setting,
      Array.from({ length: 900 }, (_, index) => second(index % 97 === 0 ? 1 : 0)),
    );
  });

  test('of reports that fail to come', () => {
    const wanted = compare(setting, [...steady(140, 120), ...steady(undefined, 300), ...steady(0, 200)]);
    assert.equal(wanted[(120 + 300) / 2 - 1], 20);
    assert.equal(wanted.at(-1), 0);
  });

  test('whatever the policy, the load, the gaps and the losses', () => {
    const annotation = <T>(name: string, values: fc.Arbitrary<T>) =>
      fc
        .option(values, { nil: undefined })
        .map((value) => (value === undefined ? [] : [[PREFIX + name, String(value)]]));
    const annotations = fc
      .tuple(
        annotation(
          'window',
          fc.integer({ min: 6, max: 90 }).map((one) => `${one}s`),
        ),
        annotation('panic-window-percentage', fc.integer({ min: 1, max: 100 })),
        annotation('panic-threshold-percentage', fc.integer({ min: 110, max: 500 })),
        annotation('target-utilization-percentage', fc.integer({ min: 1, max: 100 })),
        annotation(
          'scale-down-delay',
          fc.integer({ min: 0, max: 30 }).map((one) => `${one * 2}s`),
        ),
        annotation(
          'scale-to-zero-pod-retention-period',
          fc.integer({ min: 0, max: 60 }).map((one) => `${one}s`),
        ),
        annotation('activation-scale', fc.integer({ min: 2, max: 4 })),
      )
      .map((parts) => Object.fromEntries(parts.flat()) as Record<string, string>);
    const settings = fc.record({
      predictor: fc.record({
        minReplicas: fc.nat(3),
        maxReplicas: fc.integer({ min: 4, max: 30 }),
        scaleTarget: fc.integer({ min: 1, max: 50 }),
        scaleMetric: fc.constantFrom('concurrency', 'rps'),
      }),
      annotations,
      startSeconds: fc.nat(20),
    });
    const load = fc.oneof(
      { weight: 4, arbitrary: fc.nat(400) },
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
    const phase = fc.record({
      seconds: fc.integer({ min: 1, max: 150 }),
      load,
      lost: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
    });
    const loads = fc
      .array(phase, { minLength: 1, maxLength: 12 })
      .map((phases) =>
        phases.flatMap((one) =>
          steady(one.load, one.seconds).map((each, at) => ({ ...each, lost: at === 0 ? one.lost : 0 })),
        ),
      );
    fc.assert(
      fc.property(settings, loads, (made, seconds) => {
        compare(made, seconds);
      }),
      { numRuns: 300 },
    );
  });
});

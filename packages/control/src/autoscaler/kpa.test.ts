import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decideKpa, KPA_START, type KpaState } from './kpa.ts';
import { scalingPolicy } from './policy.ts';
import type { ScalingPolicy } from './types.ts';

const policyOf = (predictor: object = {}, annotations: Record<string, string> = {}): ScalingPolicy =>
  scalingPolicy(predictor as never, annotations).policy;

/** One decision from nothing. */
const decide = (policy: ScalingPolicy, stable: number, panic: number, ready: number) =>
  decideKpa({ policy, stable, panic, ready, now: 0 }, KPA_START).decision;

describe('the decision by requests', () => {
  const cases: [string, object, number, number, number, number][] = [
    // 100 at once for each replica, of which 70 % are aimed at (config-autoscaler).
    ['one replica holds 70 at once', {}, 70, 70, 1, 1],
    ['71 want two', {}, 71, 71, 1, 2],
    ['700 want ten', {}, 700, 700, 10, 10],
    ['containerConcurrency caps the target', { containerConcurrency: 10 }, 70, 70, 10, 10],
    ['scaleTarget is the target', { scaleTarget: 10 }, 21, 21, 3, 3],
    ['rps aims at 70 % of 200', { scaleMetric: 'rps' }, 281, 281, 3, 3],
    ['down no faster than by half', {}, 1, 1, 10, 5],
    ['never more than maxReplicas', { maxReplicas: 3 }, 7_000, 7_000, 1, 3],
    ['never fewer than minReplicas', { minReplicas: 4 }, 0, 0, 4, 4],
    ['nothing asked: none', { minReplicas: 0 }, 0, 0, 1, 0],
  ];
  for (const [name, predictor, stable, panic, ready, replicas] of cases) {
    test(name, () => assert.equal(decide(policyOf(predictor), stable, panic, ready).replicas, replicas));
  }
  test('panic begins at twice what there is room for, grows at once, and does not shrink before its window is over', () => {
    const policy = policyOf({ maxReplicas: 100 });
    let state: KpaState = KPA_START;
    const step = (now: number, stable: number, panic: number, ready: number) => {
      const made = decideKpa({ policy, stable, panic, ready, now }, state);
      state = made.state;
      return made.decision;
    };
    assert.deepEqual([step(0, 70, 139, 2).isPanicking, step(0, 10, 280, 2).isPanicking], [false, true]);
    assert.equal(step(2_000, 10, 280, 2).replicas, 4);
    assert.equal(step(10_000, 5, 5, 4).replicas, 4);
    assert.equal(step(61_000, 5, 5, 4).isPanicking, true);
    const after = step(70_000, 5, 5, 4);
    assert.deepEqual([after.isPanicking, after.replicas], [false, 2]);
  });
  test('a scale-down delay holds the most that was wanted in it', () => {
    const policy = policyOf({ maxReplicas: 100 }, { 'autoscaling.knative.dev/scale-down-delay': '30s' });
    const first = decideKpa({ policy, stable: 700, panic: 700, ready: 10, now: 0 }, KPA_START);
    const second = decideKpa({ policy, stable: 70, panic: 70, ready: 10, now: 20_000 }, first.state);
    const third = decideKpa({ policy, stable: 70, panic: 70, ready: 10, now: 51_000 }, second.state);
    assert.deepEqual([second.decision.replicas, third.decision.replicas], [10, 5]);
  });
  test('always within bounds, never fewer than half, and no fewer in panic, whatever the load', () => {
    const steps = fc.array(
      fc.record({ stable: fc.nat(5_000), panic: fc.nat(5_000), wait: fc.integer({ min: 1, max: 30_000 }) }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.nat(3), fc.integer({ min: 3, max: 40 }), steps, (minReplicas, maxReplicas, loads) => {
        const policy = policyOf({ minReplicas, maxReplicas });
        let state: KpaState = KPA_START;
        let replicas = Math.max(1, minReplicas);
        let now = 0;
        for (const { stable, panic, wait } of loads) {
          now += wait;
          const made = decideKpa({ policy, stable, panic, ready: replicas, now }, state);
          const next = made.decision.replicas;
          assert.ok(next >= minReplicas && next <= maxReplicas);
          assert.ok(next >= Math.min(Math.floor(Math.max(1, replicas) / 2), maxReplicas));
          if (made.decision.isPanicking && state.panicSince !== undefined)
            assert.ok(next >= Math.min(replicas, maxReplicas));
          state = made.state;
          replicas = next;
        }
      }),
    );
  });
});

describe('what a spec says', () => {
  test('fields of the spec win over annotations', () => {
    const policy = policyOf(
      { minReplicas: 2 },
      { 'autoscaling.knative.dev/min-scale': '5', 'autoscaling.knative.dev/max-scale': '7' },
    );
    assert.deepEqual([policy.minScale, policy.maxScale], [2, 7]);
  });
  test('values outside of Knative’s bounds are named and not used', () => {
    const { policy, warnings } = scalingPolicy({} as never, {
      'autoscaling.knative.dev/window': '1s',
      'autoscaling.knative.dev/target-utilization-percentage': '0',
      'autoscaling.knative.dev/panic-threshold-percentage': '1',
    });
    assert.equal(warnings.length, 3);
    assert.deepEqual(
      [policy.stableWindowMs, policy.targetUtilization, policy.panicThresholdPercentage],
      [60_000, 0.7, 200],
    );
  });
  test('autoscalerClass none and external leave the number alone', () => {
    for (const name of ['none', 'external']) {
      assert.equal(policyOf({}, { 'serving.kserve.io/autoscalerClass': name }).class, name);
    }
  });
});

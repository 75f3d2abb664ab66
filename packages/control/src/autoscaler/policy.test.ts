import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scalingPolicy } from './policy.ts';

describe('the policy of a component', () => {
  test('is KPA on 100 requests at once, from 1 replica, where nothing is said', () => {
    const { policy, warnings } = scalingPolicy({}, {});
    assert.deepEqual(
      [policy.class, policy.metric, policy.target, policy.targetUtilization, policy.minScale, policy.stableWindowMs],
      ['kpa', 'concurrency', 100, 0.7, 1, 60_000],
    );
    assert.deepEqual(warnings, []);
  });

  const cases: [string, Record<string, unknown>, Record<string, string>, Record<string, unknown>][] = [
    [
      'fields win over annotations',
      { minReplicas: 2, scaleTarget: 5 },
      { 'autoscaling.knative.dev/min-scale': '7' },
      { minScale: 2, target: 5 },
    ],
    [
      'annotations count where no field is',
      {},
      { 'autoscaling.knative.dev/target': '3', 'autoscaling.knative.dev/metric': 'rps' },
      { target: 3, metric: 'rps' },
    ],
    [
      'their older spelling',
      {},
      { 'autoscaling.knative.dev/minScale': '2', 'autoscaling.knative.dev/panicWindowPercentage': '20' },
      { minScale: 2, panicWindowPercentage: 20 },
    ],
    [
      'the limit of a replica caps its target',
      { containerConcurrency: 4, scaleTarget: 50 },
      {},
      { target: 4, containerConcurrency: 4 },
    ],
    ['cpu is scaled as an HPA does', { scaleMetric: 'cpu', scaleTarget: 60 }, {}, { class: 'hpa', target: 60 }],
    [
      'the class hpa means cpu at 80 %',
      {},
      { 'serving.kserve.io/autoscalerClass': 'hpa' },
      { class: 'hpa', metric: 'cpu', target: 80 },
    ],
    [
      'older annotations',
      {},
      { 'serving.kserve.io/metrics': 'cpu', 'serving.kserve.io/targetUtilizationPercentage': '55' },
      { class: 'hpa', metric: 'cpu', target: 55 },
    ],
    [
      'none leaves the number alone',
      { minReplicas: 3 },
      { 'serving.kserve.io/autoscalerClass': 'none' },
      { class: 'none', minScale: 3 },
    ],
    [
      'a resource metric of autoScaling',
      {
        autoScaling: {
          metrics: [
            { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } } },
          ],
        },
      },
      {},
      { class: 'hpa', metric: 'memory', target: 70 },
    ],
  ];
  for (const [name, predictor, annotations, wanted] of cases) {
    test(name, () => {
      const { policy, warnings } = scalingPolicy(predictor, annotations);
      const found = Object.fromEntries(Object.keys(wanted).map((key) => [key, policy[key as keyof typeof policy]]));
      assert.deepEqual(found, wanted);
      assert.deepEqual(warnings, []);
    });
  }

  test('names what it can not act on', () => {
    const metrics = [{ type: 'External', external: {} }];
    const { warnings } = scalingPolicy({ autoScaling: { metrics } }, { 'autoscaling.knative.dev/window': '1s' });
    assert.equal(warnings.length, 2);
    assert.ok(warnings.some((one) => one.includes('autoScaling.metrics[0]')));
    assert.ok(warnings.some((one) => one.includes('autoscaling.knative.dev/window')));
  });
});

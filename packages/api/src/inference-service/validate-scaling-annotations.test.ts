import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseManifests } from '../manifest/parse-manifests.ts';

const K = 'autoscaling.knative.dev/';
const S = 'serving.kserve.io/';

function errorsOf(annotations: Record<string, string>, predictor: object = {}, ofPredictor?: Record<string, string>) {
  const object = {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'iris', annotations },
    spec: {
      predictor: {
        sklearn: { storageUri: '/m' },
        ...predictor,
        ...(ofPredictor === undefined ? {} : { annotations: ofPredictor }),
      },
    },
  };
  const { issues } = parseManifests(JSON.stringify(object));
  return issues.filter((issue) => issue.severity === 'error');
}

describe('values of annotations of scaling', () => {
  const good: [string, string[]][] = [
    [`${K}min-scale`, ['0', '3']],
    [`${K}max-scale`, ['0', '3', '2147483647']],
    [`${K}initial-scale`, ['0', '5']],
    [`${K}activation-scale`, ['2']],
    [`${K}target`, ['0.01', '1e3', '70', '.5']],
    [`${K}target-utilization-percentage`, ['1', '70.5', '100']],
    [`${K}panic-window-percentage`, ['1', '10.0', '100']],
    [`${K}panic-threshold-percentage`, ['110', '1000']],
    [`${K}target-burst-capacity`, ['-1', '0', '200']],
    [`${K}window`, ['6s', '1m30s', '1h', '60000ms', '1.5m']],
    [`${K}scale-down-delay`, ['0', '0s', '15m']],
    [`${K}scale-to-zero-pod-retention-period`, ['0', '1m5s', '1500ms']],
    [`${K}metric-aggregation-algorithm`, ['linear', 'weighted-exponential']],
    [`${K}class`, ['kpa.autoscaling.knative.dev', 'hpa.autoscaling.knative.dev', 'mine.example.com']],
    [`${K}metric`, ['concurrency', 'rps']],
    [`${K}minScale`, ['1']],
    [`${S}metrics`, ['cpu', 'memory']],
    [`${S}targetUtilizationPercentage`, ['1', '100']],
  ];
  for (const [key, values] of good) {
    test(`${key} takes ${values.join(', ')}`, () => {
      for (const value of values) assert.deepEqual(errorsOf({ [key]: value }), []);
    });
  }

  const bad: [string, string[], RegExp][] = [
    [`${K}min-scale`, ['-1', '1.5', 'few', '', '2147483648'], /a whole number from 0/],
    [`${K}max-scale`, ['-1', 'many'], /a whole number from 0/],
    [`${K}maxScale`, ['many'], /a whole number from 0/],
    [`${K}initial-scale`, ['-1', 'x'], /a whole number from 0/],
    [`${K}activation-scale`, ['1', '0', 'x'], /a whole number from 2/],
    [`${K}target`, ['0', '0.001', '-3', 'x', 'NaN', 'Inf'], /a number from 0.01/],
    [`${K}target-utilization-percentage`, ['0', '101', 'x'], /a number from 1 to 100/],
    [`${K}targetUtilizationPercentage`, ['0'], /a number from 1 to 100/],
    [`${K}panic-window-percentage`, ['0.5', '101', 'x'], /a number from 1 to 100/],
    [`${K}panic-threshold-percentage`, ['100', '1001', 'x'], /a number from 110 to 1000/],
    [`${K}target-burst-capacity`, ['-2', 'x'], /-1, or a number from 0/],
    [`${K}window`, ['5s', '61m', '60', 'x', '6500ms', '-10s', 's', '1s.'], /a duration from 6s to 1h/],
    [`${K}scale-down-delay`, ['-1s', '2h', '10', '1500ms'], /a duration from 0s to 1h/],
    [`${K}scale-to-zero-pod-retention-period`, ['-1s', '2h', 'x'], /a duration from 0s to 1h/],
    [`${K}metric-aggregation-algorithm`, ['mean'], /one of linear/],
    [`${K}class`, ['kpb.autoscaling.knative.dev'], /kpa\.autoscaling\.knative\.dev or hpa/],
    [`${K}metric`, ['cpu', 'gpu', ''], /concurrency or rps/],
    [`${S}metrics`, ['gpu'], /one of cpu, memory/],
    [`${S}targetUtilizationPercentage`, ['0', '101', '50.5', 'x'], /a whole number from 1 to 100/],
  ];
  for (const [key, values, wanted] of bad) {
    test(`${key} refuses ${values.map((value) => `"${value}"`).join(', ')} and says what it takes`, () => {
      for (const value of values) {
        const [error, ...others] = errorsOf({ [key]: value });
        assert.match(error?.message ?? '', wanted, value);
        assert.ok(error?.message.includes(`annotation ${key}: "${value}"`));
        assert.match(error?.path ?? '', /^metadata\.annotations/);
        assert.deepEqual(others, []);
      }
    });
  }

  test('cpu is a metric where the class is HPA', () => {
    assert.deepEqual(errorsOf({ [`${K}metric`]: 'cpu', [`${K}class`]: 'hpa.autoscaling.knative.dev' }), []);
    assert.deepEqual(errorsOf({ [`${K}metric`]: 'memory', [`${S}autoscalerClass`]: 'hpa' }), []);
  });

  test('bounds are in order, whether the spec or an annotation says them', () => {
    const [error] = errorsOf({ [`${K}min-scale`]: '5', [`${K}max-scale`]: '3' });
    assert.match(error?.message ?? '', /min-scale \(5\) is greater than .*max-scale \(3\)/);
    assert.equal(errorsOf({ [`${K}minScale`]: '5' }, { maxReplicas: 3 }).length, 1);
    assert.equal(errorsOf({ [`${K}max-scale`]: '3' }, { minReplicas: 5 }).length, 1);
    assert.equal(errorsOf({ [`${K}min-scale`]: '5' }, { minReplicas: 1, maxReplicas: 3 }).length, 0);
    assert.equal(errorsOf({ [`${K}min-scale`]: '5', [`${K}max-scale`]: '0' }).length, 0);
    assert.equal(errorsOf({ [`${K}activation-scale`]: '4', [`${K}max-scale`]: '3' }).length, 1);
    assert.equal(errorsOf({ [`${K}activation-scale`]: '2', [`${K}min-scale`]: '3' }).length, 1);
  });

  test('those of the predictor count too, and before those of the service', () => {
    const [error] = errorsOf({ [`${K}window`]: '60s' }, {}, { [`${K}window`]: '5s' });
    assert.match(error?.path ?? '', /^spec\.predictor\.annotations/);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControllerBench } from '../testing/controller-bench.ts';

const STABLE = 'iris-predictor-00001';
const BLUE = 'iris-blue-predictor-00001';

const stable = '{minReplicas: 4, sklearn: {storageUri: /v1, env: [{name: A, value: "1"}]}}';

function yaml(predictor: string, canary = ''): string {
  return `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec:
  predictor: ${predictor}
${canary === '' ? '' : `  canary: ${canary}\n`}`;
}

async function canaried(percent: number, uri = '/v2'): Promise<ControllerBench> {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(yaml(stable));
  await bench.converge();
  await bench.apply(
    yaml(stable, `[{trafficPercent: ${percent}, predictor: {name: blue, sklearn: {storageUri: ${uri}}}}]`),
  );
  return bench;
}

describe('named variants (spec.canary)', () => {
  test('get their share once they are ready', async () => {
    const bench = await canaried(20);
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 100 });
    assert.equal(bench.condition('iris', 'CanaryPredictorReady'), 'Unknown');
    assert.equal(bench.condition('iris'), 'True', 'the service itself goes on');
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 80, [BLUE]: 20 });
    assert.equal(bench.reason('iris', 'CanaryPredictorReady'), 'AllCanariesReady');
    assert.deepEqual(bench.status('iris').canaryStatuses, [{ name: 'blue', ready: true, trafficPercent: 20 }]);
    const env = bench.live(BLUE)[0]?.workload.env;
    assert.equal(env?.A, '1', 'it inherits what it does not say');
    assert.equal(bench.condition('iris'), 'True');
  });

  test('that fail get nothing and are named', async () => {
    const bench = await canaried(20);
    await bench.converge((view) => view.workload.revision === BLUE);
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 100 });
    const condition = bench.status('iris').conditions?.find((one) => one.type === 'CanaryPredictorReady');
    assert.notEqual(condition?.status, 'True');
    assert.match(condition?.message ?? '', /blue/);
    assert.equal(bench.condition('iris'), 'True');
  });

  test('are promoted by name without a restart', async () => {
    const bench = await canaried(20);
    await bench.converge();
    const [before] = bench.live(BLUE);
    await bench.apply(yaml('{name: blue, minReplicas: 1, sklearn: {storageUri: /v2, env: [{name: A, value: "1"}]}}'));
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [BLUE]: 100 });
    assert.deepEqual(bench.running(), [BLUE]);
    assert.ok(bench.live().some((view) => view.id === before?.id));
    assert.equal(bench.condition('iris'), 'True');
    assert.equal(bench.condition('iris', 'CanaryPredictorReady'), undefined);
    assert.equal(bench.status('iris').canaryStatuses, undefined);
  });

  test('are rolled back by taking them out', async () => {
    const bench = await canaried(20);
    await bench.converge();
    await bench.apply(yaml(stable));
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 100 });
    assert.deepEqual(bench.running(), [STABLE]);
  });

  test('with no share run and are reached by their own name', async () => {
    const bench = await canaried(0);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 100 });
    assert.equal(bench.live(BLUE).length, 1);
    const routed = bench.routes.table.get('default/iris');
    const own = routed?.hosts.filter((one) => one.revision === BLUE).map((one) => one.host) ?? [];
    assert.ok(own.includes('iris-blue-predictor.default.svc.cluster.local'), own.join(' '));
    assert.ok(routed?.revisions.some((one) => one.name === BLUE && one.endpoints.length === 1));
  });

  test('keep serving while they change', async () => {
    const bench = await canaried(20);
    await bench.converge();
    const canary = '[{trafficPercent: 20, predictor: {name: blue, sklearn: {storageUri: /v3}}}]';
    await bench.apply(yaml(stable, canary));
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 80, [BLUE]: 20 });
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 80, 'iris-blue-predictor-00002': 20 });
    assert.deepEqual(bench.running(), ['iris-blue-predictor-00002', STABLE]);
  });

  test('of another service never take a name that is in use', async () => {
    const bench = await canaried(20);
    await bench.converge();
    await bench.apply(yaml('{sklearn: {storageUri: /v9}}').replace('name: iris}', 'name: iris-blue}'));
    await bench.converge();
    assert.equal(bench.condition('iris-blue'), 'True');
    assert.deepEqual(bench.traffic('iris-blue'), { 'iris-blue-predictor-00002': 100 });
    assert.deepEqual(bench.traffic('iris'), { [STABLE]: 80, [BLUE]: 20 });
    const hosts = (name: string) => new Set(bench.routes.table.get(`default/${name}`)?.hosts.map((one) => one.host));
    assert.deepEqual(
      [...hosts('iris')].filter((one) => hosts('iris-blue').has(one)),
      [],
    );
    assert.deepEqual(bench.errors, []);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ApiObject } from '../store/resource-store.ts';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';
import { settle } from '../testing/fake-clock.ts';

async function ready(uri = '/v1', more: Parameters<typeof isvcYaml>[2] = {}): Promise<ControllerBench> {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', uri, more));
  await bench.converge();
  return bench;
}

const R1 = 'iris-predictor-00001';
const R2 = 'iris-predictor-00002';
const R3 = 'iris-predictor-00003';
const R4 = 'iris-predictor-00004';

describe('a service', () => {
  test('is Ready after a replica is ready and the gateway knows it', async () => {
    const bench = new ControllerBench();
    await bench.start();
    bench.routes.isHeld = true;
    await bench.apply(isvcYaml('iris', '/v1'));
    assert.equal(bench.condition('iris'), 'Unknown');
    assert.equal(bench.live().length, 1);
    await bench.converge();
    assert.equal(bench.condition('iris', 'PredictorReady'), 'True');
    assert.equal(bench.condition('iris'), 'Unknown', 'the gateway has not said that it knows');
    bench.routes.confirm();
    await settle();
    assert.equal(bench.condition('iris'), 'True');
    const status = bench.status('iris');
    assert.equal(status.url, 'http://iris-default.localhost:8080');
    assert.equal(status.address?.url, 'http://127.0.0.1:8080/serving/default/iris');
    assert.equal(status.modelStatus?.transitionStatus, 'UpToDate');
    assert.equal(status.clusterServingRuntimeName, 'kserve-sklearnserver');
    const { predictor } = status.components ?? {};
    assert.equal(predictor?.latestReadyRevision, R1);
    assert.equal(predictor?.latestCreatedRevision, R1);
    assert.equal(predictor?.latestRolledoutRevision, R1);
    assert.deepEqual(predictor?.traffic, [{ revisionName: R1, latestRevision: true, percent: 100 }]);
    assert.deepEqual(bench.errors, []);
  });

  test('writes nothing while nothing changes', async () => {
    const bench = await ready();
    const before = bench.object('iris')?.metadata.resourceVersion;
    await bench.clock.advance(200_000);
    assert.equal(bench.object('iris')?.metadata.resourceVersion, before);
  });

  test('shows its replica as a pod', async () => {
    const bench = await ready();
    const pod = bench.store.list('Pod')[0] as ApiObject;
    assert.equal(pod.metadata.labels?.['serving.kserve.io/inferenceservice'], 'iris');
    assert.equal(pod.metadata.labels?.component, 'predictor');
    assert.equal((pod.status as { phase: string }).phase, 'Running');
  });

  test('is deleted with everything that it had', async () => {
    for (const state of ['ready', 'failing', 'fetching'] as const) {
      const bench = new ControllerBench();
      await bench.start();
      if (state === 'fetching') bench.models.answer('/v1', { state: 'fetching', message: '1 of 9 MB', doneBytes: 1 });
      await bench.apply(isvcYaml('iris', '/v1'));
      await bench.converge(() => state === 'failing');
      await bench.delete('iris');
      await bench.converge();
      await bench.clock.advance(5_000);
      assert.deepEqual(bench.substrate.replicas(), [], state);
      assert.equal(bench.routes.table.size, 0, state);
      assert.deepEqual(bench.store.list('Revision'), [], state);
      assert.deepEqual(bench.store.list('Pod'), [], state);
      assert.ok(bench.models.forgotten.includes('default/iris'), state);
      await bench.apply(isvcYaml('iris', '/v2'));
      bench.models.answer('/v1', undefined);
      await bench.converge();
      assert.equal(bench.condition('iris'), 'True', state);
    }
  });

  test('is deleted also when the controller was away, and when a cluster left its finalizer', async () => {
    const bench = await ready();
    bench.stop();
    await bench.delete('iris');
    await bench.start();
    await bench.converge();
    assert.deepEqual(bench.substrate.replicas(), []);
    await bench.apply(isvcYaml('iris', '/v1', { metadata: ', finalizers: [inferenceservice.finalizers]' }));
    await bench.converge();
    await bench.delete('iris');
    await bench.converge();
    assert.equal(bench.object('iris'), undefined);
  });

  test('made anew under the same name never gets a replica of the old one', async () => {
    const bench = await ready();
    const [old] = bench.live();
    bench.stop();
    await bench.delete('iris');
    await bench.apply(isvcYaml('iris', '/v2'));
    await bench.start();
    assert.ok(!bench.live().some((view) => view.id === old?.id));
    await bench.converge();
    assert.equal(bench.condition('iris'), 'True');
    const routed = bench.routes.table.get('default/iris');
    assert.notEqual(routed?.revisions[0]?.endpoints[0]?.id, old?.id);
  });
});

describe('a change', () => {
  test('is Unknown from the moment it is seen until it serves', async () => {
    const bench = await ready();
    bench.routes.isHeld = true;
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    const unknown = () => {
      const status = bench.status('iris');
      assert.equal(status.observedGeneration, 2);
      assert.equal(bench.condition('iris'), 'Unknown');
    };
    unknown();
    assert.deepEqual(bench.traffic('iris'), { [R1]: 100 });
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    unknown();
    bench.routes.confirm();
    await settle();
    assert.equal(bench.condition('iris'), 'True');
    bench.routes.confirm();
    await settle();
    await bench.converge();
    assert.deepEqual(bench.running(), [R2]);
  });

  test('that fails leaves the old revision serving and says why', async () => {
    const bench = await ready();
    await bench.patch('iris', { sklearn: { storageUri: '/broken' } });
    await bench.converge((view) => view.workload.revision === R2);
    assert.deepEqual(bench.traffic('iris'), { [R1]: 100 });
    assert.equal(bench.condition('iris'), 'False');
    assert.equal(bench.reason('iris'), 'CrashLoopBackOff');
    const { modelStatus } = bench.status('iris');
    assert.equal(modelStatus?.states?.activeModelState, 'Loaded');
    assert.equal(modelStatus?.lastFailureInfo?.modelRevisionName, R2);
    assert.equal(modelStatus?.lastFailureInfo?.exitCode, 1);
    assert.match(modelStatus?.lastFailureInfo?.message ?? '', /boom/);
    await bench.patch('iris', { sklearn: { storageUri: '/v3' } });
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R3]: 100 });
    assert.deepEqual(bench.running(), [R3]);
    assert.equal(bench.condition('iris'), 'True');
  });

  test('of a first revision that never was ready starts over', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(isvcYaml('iris', '/broken'));
    await bench.converge(() => true);
    assert.equal(bench.condition('iris'), 'False');
    const routed = bench.routes.table.get('default/iris');
    assert.equal(routed?.unavailable?.reason, 'CrashLoopBackOff');
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    await bench.converge();
    assert.equal(bench.condition('iris'), 'True');
    assert.deepEqual(bench.running(), [R2]);
  });

  test('of the number of replicas makes no revision', async () => {
    const bench = await ready();
    await bench.patch('iris', { minReplicas: 3 });
    await bench.converge();
    await bench.clock.advance(5_000);
    await bench.converge();
    assert.equal(bench.live(R1).length, 3);
    assert.equal(bench.store.list('Revision').length, 1);
    assert.equal(bench.condition('iris'), 'True');
    assert.equal(bench.status('iris').observedGeneration, 2);
  });

  test('of four replicas never has fewer than four ready', async () => {
    const bench = await ready('/v1', { predictor: ', minReplicas: 4' });
    await bench.clock.advance(5_000);
    await bench.converge();
    assert.equal(bench.live(R1).length, 4);
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    for (let turn = 0; turn < 20; turn++) {
      const starting = bench.live(R2).find((view) => view.state === 'starting');
      if (starting === undefined) break;
      bench.substrate.ready(starting.id);
      await settle();
      const taken = bench.routes.table.get('default/iris')?.revisions.flatMap((one) => one.endpoints) ?? [];
      assert.ok(taken.length >= 4, `${taken.length} endpoints`);
      assert.ok(bench.live().filter((view) => view.state === 'ready').length >= 4);
    }
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    assert.equal(bench.live().length, 4);
  });
});

describe('a canary by percent', () => {
  test('wakes no old revision', async () => {
    const bench = await ready();
    for (const uri of ['/v2', '/v3']) {
      await bench.patch('iris', { sklearn: { storageUri: uri } });
      await bench.converge();
    }
    const before = bench.substrate.started.length;
    await bench.patch('iris', { sklearn: { storageUri: '/v1' }, canaryTrafficPercent: 1 });
    await bench.converge();
    await bench.clock.advance(60_000);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R4]: 1, [R3]: 99 });
    assert.ok(bench.substrate.started.slice(before).every((id) => id.startsWith(R4)));
    const { traffic } = bench.status('iris').components?.predictor ?? {};
    assert.deepEqual(
      traffic?.map((one) => [one.revisionName, one.percent, one.latestRevision, one.tag]),
      [
        [R4, 1, true, undefined],
        [R3, 99, false, 'prev'],
      ],
    );
  });

  test('is promoted, rolled back, and rolled back after it was complete', async () => {
    const bench = await ready();
    const turn = async (predictor: Record<string, unknown>) => {
      await bench.patch('iris', predictor);
      await bench.converge();
      await bench.clock.advance(5_000);
      await bench.converge();
      return bench.traffic('iris');
    };
    assert.deepEqual(await turn({ sklearn: { storageUri: '/v2' }, canaryTrafficPercent: 20 }), { [R2]: 20, [R1]: 80 });
    assert.deepEqual(await turn({ canaryTrafficPercent: 0 }), { [R1]: 100 });
    assert.equal(bench.condition('iris'), 'True');
    assert.deepEqual(await turn({ canaryTrafficPercent: 50 }), { [R2]: 50, [R1]: 50 });
    assert.deepEqual(await turn({ canaryTrafficPercent: undefined }), { [R2]: 100 });
    const { predictor } = bench.status('iris').components ?? {};
    assert.equal(predictor?.latestRolledoutRevision, R2);
    assert.equal(predictor?.previousRolledoutRevision, R1);
    assert.deepEqual(bench.running(), [R2]);
    assert.deepEqual(await turn({ canaryTrafficPercent: 10 }), { [R2]: 10, [R1]: 90 });
    assert.equal(bench.store.list('Revision').length, 2);
    assert.equal(bench.condition('iris'), 'True');
  });

  test('survives a stop and a start again', async () => {
    const bench = await ready();
    await bench.patch('iris', { sklearn: { storageUri: '/v2' }, canaryTrafficPercent: 20 });
    await bench.converge();
    await bench.patch('iris', {}, { 'serving.kserve.io/stop': 'true' });
    await bench.converge();
    assert.deepEqual(bench.substrate.replicas(), []);
    assert.equal(bench.condition('iris', 'Stopped'), 'True');
    assert.equal(bench.condition('iris'), 'False');
    assert.equal(bench.routes.table.get('default/iris')?.unavailable?.reason, 'Stopped');
    await bench.patch('iris', {}, { 'serving.kserve.io/stop': 'false' });
    await bench.converge();
    await bench.clock.advance(3_000);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 20, [R1]: 80 });
    assert.equal(bench.condition('iris'), 'True');
  });
});

test('an old replica is stopped when its last request is answered, and gets none before', async () => {
  const bench = await ready();
  const [old] = bench.live();
  bench.routes.isDraining = true;
  await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
  const fresh = bench.live(R2)[0];
  bench.substrate.ready(fresh?.id ?? '');
  await settle();
  const endpoints = bench.routes.table
    .get('default/iris')
    ?.revisions.flatMap((one) => one.endpoints.map(({ id }) => id));
  assert.deepEqual(endpoints, [fresh?.id]);
  assert.equal(bench.live(R1)[0]?.id, old?.id, 'a request still runs');
  bench.routes.drain();
  await settle();
  assert.deepEqual(bench.running(), [R2]);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';

const R1 = 'iris-predictor-00001';
const R2 = 'iris-predictor-00002';

async function asleep(): Promise<ControllerBench> {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 0' }));
  await bench.converge();
  assert.equal(bench.condition('iris'), 'True');
  await bench.clock.advance(200_000);
  await bench.converge();
  return bench;
}

describe('a service that may sleep', () => {
  test('is known as good first, then sleeps and stays Ready', async () => {
    const bench = await asleep();
    assert.deepEqual(bench.live(), []);
    assert.equal(bench.condition('iris'), 'True');
    assert.deepEqual(bench.traffic('iris'), { [R1]: 100 });
    const routed = bench.routes.table.get('default/iris');
    assert.equal(routed?.revisions[0]?.activates, true);
    assert.equal(routed?.unavailable, undefined);
    assert.equal(bench.status('iris').modelStatus?.states?.activeModelState, 'Standby');
    assert.ok(bench.events('ScaledToZero').length > 0);
  });

  test('wakes by a request, with one replica for a flood of them, and is Ready all the while', async () => {
    const bench = await asleep();
    const started = bench.substrate.started.length;
    for (let count = 0; count < 20; count++) {
      bench.routes.demand({ namespace: 'default', service: 'iris', revision: R1 });
      await bench.clock.advance(10);
      assert.equal(bench.condition('iris'), 'True');
    }
    assert.equal(bench.substrate.started.length, started + 1);
    await bench.converge();
    assert.equal(bench.routes.table.get('default/iris')?.revisions[0]?.endpoints.length, 1);
    await bench.clock.advance(5_000);
    assert.equal(bench.live(R1).length, 1, 'it stays long enough to answer');
  });

  test('that can not wake is not Ready and says why', async () => {
    const bench = await asleep();
    bench.routes.demand({ namespace: 'default', service: 'iris', revision: R1 });
    await bench.clock.advance(10);
    await bench.converge(() => true);
    assert.equal(bench.condition('iris'), 'False');
    assert.equal(bench.reason('iris'), 'CrashLoopBackOff');
  });

  test('changes while it sleeps: the new revision proves itself before it takes over', async () => {
    const bench = await asleep();
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    assert.equal(bench.condition('iris'), 'Unknown');
    assert.deepEqual(bench.traffic('iris'), { [R1]: 100 });
    assert.deepEqual(bench.running(), [R2]);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    assert.equal(bench.condition('iris'), 'True');
  });

  test('a controller that starts anew does not wake it', async () => {
    const bench = await asleep();
    const started = bench.substrate.started.length;
    await bench.start();
    await bench.clock.advance(30_000);
    assert.equal(bench.substrate.started.length, started);
    assert.equal(bench.condition('iris'), 'True');
  });
});

describe('a service that must not sleep', () => {
  test('whose only replica dies is not Ready until another is', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(isvcYaml('iris', '/v1'));
    await bench.converge();
    const [view] = bench.live();
    bench.substrate.fail(view?.id ?? '');
    await bench.clock.advance(100);
    assert.equal(bench.condition('iris'), 'False');
    // It starts again soon, so requests wait; they are refused once nothing is to be expected.
    assert.equal(bench.routes.table.get('default/iris')?.revisions[0]?.activates, true);
    bench.substrate.fail(view?.id ?? '', { isFinal: true });
    await bench.clock.advance(100);
    assert.equal(bench.routes.table.get('default/iris')?.revisions[0]?.activates, false);
    bench.substrate.ready(view?.id ?? '');
    await bench.clock.advance(100);
    assert.equal(bench.condition('iris'), 'True');
    assert.equal(bench.events('InferenceServiceNotReady').length, 1);
  });

  test('gets a replica in the place of one that vanished', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(isvcYaml('iris', '/v1'));
    await bench.converge();
    bench.substrate.gone(bench.live()[0]?.id ?? '');
    await bench.clock.advance(100);
    await bench.converge();
    assert.equal(bench.live(R1).length, 1);
    assert.equal(bench.condition('iris'), 'True');
  });

  test('with a port of its own choosing has one replica, and the old one has ended before the new one starts', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 1' }));
    const [view] = bench.live();
    bench.substrate.ready(view?.id ?? '', { isExclusive: true });
    await bench.clock.advance(100);
    await bench.patch('iris', { minReplicas: 3 });
    await bench.clock.advance(5_000);
    assert.equal(bench.live().length, 1);
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    await bench.clock.advance(100);
    assert.deepEqual(bench.live(), [], 'the old one was told to stop');
    bench.substrate.gone(view?.id ?? '');
    await bench.clock.advance(100);
    assert.deepEqual(bench.running(), [R2]);
    for (const one of bench.live()) bench.substrate.ready(one.id, { isExclusive: true });
    await bench.clock.advance(100);
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    assert.equal(bench.condition('iris'), 'True');
  });
});

describe('a service that begins at zero', () => {
  const yaml = isvcYaml('iris', '/v1', {
    predictor: ', minReplicas: 0',
    metadata: ', annotations: {autoscaling.knative.dev/initial-scale: "0"}',
  });
  async function begun(): Promise<ControllerBench> {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(yaml);
    await bench.clock.advance(10);
    return bench;
  }
  const revision = (bench: ControllerBench, name = R1) =>
    bench.store.get({ kind: 'Revision', namespace: 'default', name })?.status as {
      conditions?: { status: string; reason?: string }[];
      actualReplicas?: number;
      desiredReplicas?: number;
    };

  test('is Ready without a start, and its revision says that it was not started', async () => {
    const bench = await begun();
    assert.deepEqual(bench.substrate.started, []);
    assert.equal(bench.condition('iris'), 'True');
    assert.deepEqual(bench.traffic('iris'), { [R1]: 100 });
    assert.equal(bench.status('iris').modelStatus?.states?.activeModelState, 'Standby');
    assert.equal(revision(bench).conditions?.[0]?.status, 'True');
    assert.equal(revision(bench).conditions?.[0]?.reason, 'InitialScaleZero');
    await bench.clock.advance(60_000);
    assert.deepEqual(bench.substrate.started, []);
  });

  test('is started by its first request, and has then proven itself', async () => {
    const bench = await begun();
    bench.routes.demand({ namespace: 'default', service: 'iris', revision: R1 });
    await bench.clock.advance(10);
    assert.equal(bench.live(R1).length, 1);
    await bench.converge();
    assert.equal(revision(bench).conditions?.[0]?.reason, undefined);
    assert.deepEqual([revision(bench).actualReplicas, revision(bench).desiredReplicas], [1, 1]);
    await bench.clock.advance(5_000);
    assert.equal(bench.live(R1).length, 1);
  });

  test('that can not start says so when it is asked, and lets nobody wait for it', async () => {
    const bench = await begun();
    bench.routes.demand({ namespace: 'default', service: 'iris', revision: R1 });
    await bench.clock.advance(10);
    await bench.converge(() => true);
    assert.equal(bench.condition('iris'), 'False');
    assert.equal(bench.reason('iris'), 'CrashLoopBackOff');
    assert.equal(bench.routes.table.get('default/iris')?.revisions[0]?.activates, false);
  });

  test('changes without a start either', async () => {
    const bench = await begun();
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    await bench.clock.advance(10);
    assert.deepEqual(bench.substrate.started, []);
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    assert.equal(bench.condition('iris'), 'True');
  });

  test('with a replica at least starts it all the same', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(yaml.replace('minReplicas: 0', 'minReplicas: 1'));
    assert.equal(bench.live(R1).length, 1);
    assert.equal(bench.condition('iris'), 'Unknown');
  });
});

test('a revision says how many replicas it has and shall have', async () => {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 3' }));
  const counts = (name: string) => {
    const { actualReplicas, desiredReplicas } = (bench.store.get({ kind: 'Revision', namespace: 'default', name })
      ?.status ?? {}) as { actualReplicas?: number; desiredReplicas?: number };
    return [actualReplicas, desiredReplicas];
  };
  assert.deepEqual(counts(R1), [0, 3]);
  bench.substrate.ready(bench.live()[0]?.id ?? '');
  await bench.clock.advance(10);
  assert.deepEqual(counts(R1), [1, 3]);
  await bench.converge();
  assert.deepEqual(counts(R1), [3, 3]);
  await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
  await bench.converge();
  await bench.converge();
  await bench.clock.advance(100);
  assert.deepEqual(
    [counts(R1), counts(R2)],
    [
      [0, 0],
      [3, 3],
    ],
  );
});

test('the gateway is told how long replicas that failed pause, and that they do no more', async () => {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 2' }));
  await bench.converge();
  const routed = () => bench.routes.table.get('default/iris')?.revisions[0];
  const [one, two] = bench.live().map((view) => view.id) as [string, string];
  const pause = async (id: string, startsAgainAt: number) => {
    bench.substrate.fail(id);
    bench.substrate.set(id, { startsAgainAt });
    await bench.clock.advance(10);
  };
  await pause(one, 9_000);
  assert.equal(routed()?.backOff, undefined, 'another serves');
  await pause(two, 5_000);
  assert.deepEqual(routed()?.backOff, { untilMs: 5_000, reason: 'CrashLoopBackOff: it ended with exit code 1' });
  assert.equal(routed()?.activates, true);
  bench.substrate.set(two, { state: 'starting' });
  await bench.clock.advance(10);
  assert.equal(routed()?.backOff, undefined, 'it may be ready soon');
});

test('requests wait for replicas that served between their ends, however often; not for those that end at once', async () => {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', '/v1'));
  await bench.converge();
  const routed = () => bench.routes.table.get('default/iris')?.revisions[0];
  const [id = ''] = bench.live().map((view) => view.id);
  for (let kills = 1; kills <= 30; kills++) {
    bench.substrate.fail(id);
    bench.substrate.set(id, { failedRuns: 1 });
    await bench.clock.advance(10);
    assert.equal(routed()?.activates, true, `after ${kills} kills`);
    bench.substrate.set(id, { state: 'starting' });
    await bench.clock.advance(10);
    assert.notEqual(bench.condition('iris'), 'False', `after ${kills} kills`);
    bench.substrate.ready(id);
    await bench.clock.advance(2_000);
  }
  for (let ends = 1; ends <= 10; ends++) bench.substrate.fail(id);
  await bench.clock.advance(10);
  assert.equal(routed()?.activates, false);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RevisionLoad } from '@berth/api';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';

const R1 = 'iris-predictor-00001';

/** `requests` at once, all the time. */
const load = (requests: number): readonly RevisionLoad[] => [
  {
    namespace: 'default',
    service: 'iris',
    revision: R1,
    windowMs: 1_000,
    averageConcurrency: requests,
    requests,
    waiting: 0,
    running: requests,
  },
];

/** A service that has four replicas, because of 28 requests at once of ten that each is to have. */
async function busy(): Promise<ControllerBench> {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 1, scaleTarget: 10' }));
  await bench.converge();
  bench.loads = () => load(28);
  for (let round = 0; round < 20; round++) {
    await bench.clock.advance(5_000);
    await bench.converge();
  }
  assert.equal(bench.live(R1).length, 4);
  return bench;
}

async function pass(bench: ControllerBench, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 5_000) {
    await bench.clock.advance(Math.min(5_000, left));
    await bench.converge();
  }
}

describe('replicas under faults of what measures them', () => {
  test('stay when the gateway is silent, however long, and go when it says that there is less to do', async () => {
    const bench = await busy();
    bench.loads = undefined;
    await pass(bench, 600_000);
    assert.equal(bench.live(R1).length, 4);
    bench.loads = () => [];
    await pass(bench, 40_000);
    assert.equal(bench.live(R1).length, 4, 'no whole stable window yet');
    await pass(bench, 60_000);
    assert.equal(bench.live(R1).length, 1);
  });

  test('stay when the control part starts anew, until it has seen a stable window of its own', async () => {
    const bench = await busy();
    bench.loads = () => [];
    await bench.start();
    await pass(bench, 50_000);
    assert.equal(bench.live(R1).length, 4);
    await pass(bench, 40_000);
    assert.equal(bench.live(R1).length, 1);
  });

  test('stay when the control part starts anew under the same load, also while reports are few', async () => {
    const bench = await busy();
    let count = 0;
    bench.loads = () => (count++ < 40 ? load(28) : load(28).map((one) => ({ ...one, averageConcurrency: 2 })));
    await bench.start();
    for (let second = 0; second < 30; second++) {
      await pass(bench, 1_000);
      assert.equal(bench.live(R1).length, 4);
    }
  });

  test('still grow right after a start of the control part', async () => {
    const bench = await busy();
    bench.loads = () => load(120);
    await bench.start();
    await pass(bench, 10_000);
    assert.ok(bench.live(R1).length > 4);
  });

  test('do not care for a wall clock that is set', async () => {
    const bench = await busy();
    for (const hours of [1, -2, 25]) {
      bench.clock.setWall(hours * 3_600_000);
      await pass(bench, 20_000);
      assert.equal(bench.live(R1).length, 4);
    }
  });

  test('of a service that may sleep stay awake while nobody reports', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 0' }));
    bench.loads = undefined;
    await bench.converge();
    await pass(bench, 300_000);
    assert.equal(bench.live(R1).length, 1);
    bench.loads = () => [];
    await pass(bench, 10_000);
    assert.equal(bench.live(R1).length, 0, 'nobody has asked it since it was made');
  });

  test('of a service that may sleep: a new control part does not know whether it was asked', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 0' }));
    await bench.converge();
    await bench.start();
    await pass(bench, 50_000);
    assert.equal(bench.live(R1).length, 1);
    await pass(bench, 20_000);
    assert.equal(bench.live(R1).length, 0);
  });
});

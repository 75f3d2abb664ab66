import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReplicaView } from '../substrate/substrate.ts';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';

const GIB = 1024 ** 3;

async function pass(bench: ControllerBench, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 5) {
    await bench.clock.advance(5_000);
    await bench.converge();
  }
}

/** CPU seconds of replicas that each use so many cores. */
function cores(bench: ControllerBench, each: (view: ReplicaView) => number) {
  const start = bench.clock.monotonic();
  return (view: ReplicaView) => ({
    cpuSeconds: (each(view) * (bench.clock.monotonic() - start)) / 1000,
    memoryBytes: GIB,
  });
}

const yaml = (name: string, predictor: string, metadata = '') =>
  isvcYaml(name, '/v1', { predictor: `, minReplicas: 1, maxReplicas: 10, ${predictor}`, metadata });

describe('a service that is scaled by what it uses', () => {
  test('is not mixed with one whose name begins alike, nor with one of that name elsewhere', async () => {
    const bench = new ControllerBench();
    await bench.start();
    const cpu = 'scaleMetric: cpu, scaleTarget: 50';
    await bench.apply(yaml('iris', cpu));
    // Its revision is named as the first one's replicas begin: iris-predictor-00001-…
    await bench.apply(yaml('iris-predictor-00001', cpu));
    await bench.apply(yaml('iris', cpu, ', namespace: other'));
    await bench.converge();
    const isBusy = ({ workload }: ReplicaView) => workload.service !== 'iris';
    bench.substrate.use = cores(bench, (view) => (isBusy(view) ? 1 : 0));
    await pass(bench, 200);
    const count = (service: string, namespace: string) =>
      bench.live().filter(({ workload }) => workload.service === service && workload.namespace === namespace).length;
    assert.equal(count('iris-predictor-00001', 'default'), 10);
    assert.equal(count('iris', 'default'), 1);
    assert.equal(count('iris', 'other'), 1);
  });

  test('is measured against its own request of memory', async () => {
    const bench = new ControllerBench();
    await bench.start();
    const resources = '{requests: {memory: 8Gi}, limits: {memory: 8Gi}}';
    const spec = `scaleMetric: memory, scaleTarget: 50, model: {modelFormat: {name: sklearn}, storageUri: /v1, resources: ${resources}}`;
    await bench.apply(yaml('iris', spec).replace('sklearn: {storageUri: "/v1"}, ', ''));
    await bench.converge();
    bench.substrate.use = () => ({ cpuSeconds: 0, memoryBytes: 3 * GIB });
    await pass(bench, 60);
    assert.equal(bench.live().length, 1, 'three of eight is under a half');
    bench.substrate.use = () => ({ cpuSeconds: 0, memoryBytes: 6 * GIB });
    await pass(bench, 20);
    assert.equal(bench.live().length, 2);
  });

  test('that requests nothing stays as it is, and says what is missing', async () => {
    const bench = new ControllerBench();
    await bench.start();
    const spec = 'scaleMetric: memory, containers: [{name: kserve-container, command: [serve]}]';
    await bench.apply(yaml('iris', spec).replace('sklearn: {storageUri: "/v1"}, ', ''));
    await bench.converge();
    bench.substrate.use = () => ({ cpuSeconds: 0, memoryBytes: 100 * GIB });
    await pass(bench, 60);
    assert.equal(bench.live().length, 1);
    const [event] = bench.events('FailedGetResourceMetric');
    assert.match(String(event?.message), /missing request for memory in container kserve-container/);
  });

  test('keeps its replicas while nothing is known of them', async () => {
    const bench = new ControllerBench();
    await bench.start();
    await bench.apply(yaml('iris', 'scaleMetric: cpu, scaleTarget: 50'));
    await bench.converge();
    bench.substrate.use = cores(bench, () => 1);
    await pass(bench, 200);
    assert.equal(bench.live().length, 10);
    bench.substrate.use = () => undefined;
    await pass(bench, 900);
    assert.equal(bench.live().length, 10);
    bench.substrate.use = cores(bench, () => 0);
    await bench.start();
    await pass(bench, 240);
    assert.equal(bench.live().length, 10, 'a new control part waits for five minutes');
    await pass(bench, 120);
    assert.equal(bench.live().length, 1);
  });
});

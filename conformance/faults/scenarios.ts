import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Json } from './api.ts';
import { partPid } from './footprint.ts';
import { ask, failures, type Probe, Prober } from './prober.ts';

/** A live platform and the models that tell their version by their answer. */
export interface Scene {
  readonly port: number;
  readonly api: Api;
  /** Pid of `berth up`. */
  readonly keeper: number;
  readonly models: string;
  readonly body: string;
  /** As long as the figures of such tests ask for (20,000 requests, five minutes of kills), not a part of it. */
  readonly isFull: boolean;
}

/** Runs one scenario; resolves with its counts, rejects where a promise is broken. */
export type Scenario = (scene: Scene) => Promise<string>;

const RATE = 200;

const isvc = (scene: Scene, name: string, version: string, predictor: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name, ...metadata },
  spec: {
    predictor: {
      model: { modelFormat: { name: 'sklearn' }, storageUri: `file://${scene.models}/${version}` },
      ...predictor,
    },
  },
});

const pathOf = (name: string) => `/serving/default/${name}/v1/models/${name}:predict`;

function probe(scene: Scene, name: string, headers: Record<string, string> = {}): Prober {
  return new Prober({ port: scene.port, path: pathOf(name), body: scene.body, rate: RATE, clients: 8, headers });
}

function none(probes: readonly Probe[]): string {
  const bad = failures(probes);
  if (bad.size > 0) throw new Error(`${probes.length} requests, failures: ${JSON.stringify([...bad])}`);
  if (probes.length < 100) throw new Error(`only ${probes.length} requests were made`);
  return `${probes.length} requests, 0 failures`;
}

function predictionOf(one: Probe): number {
  return Number(JSON.parse(one.body).predictions[0]);
}

function isEqual(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

const rollout: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'roll', 'v1', { minReplicas: 2 }));
  await api.ready('roll');
  const prober = probe(scene, 'roll');
  let stale = 0;
  for (let turn = 0; turn < 10; turn++) {
    const version = turn % 2 === 0 ? 'v2' : 'v1';
    await api.apply(isvc(scene, 'roll', version, { minReplicas: 2 }));
    await api.ready('roll');
    const answer = await ask({ port: scene.port, path: pathOf('roll'), body: scene.body });
    if (predictionOf(answer) !== (version === 'v2' ? 2 : 1)) stale++;
    await sleep(scene.isFull ? 10_000 : 300);
  }
  const text = none(await prober.stop());
  isEqual(stale, 0, 'answers of an old revision after Ready');
  await api.remove('roll');
  return `${text}, 10 rollouts, no stale answer after Ready`;
};

const canary: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'can', 'v1'));
  await api.ready('can');
  const prober = probe(scene, 'can');
  await api.apply(isvc(scene, 'can', 'v2', { canaryTrafficPercent: 10 }));
  await api.ready('can');
  const requests = scene.isFull ? 10_000 : 1_000;
  let second = 0;
  for (let index = 0; index < requests; index++) {
    const answer = await ask({ port: scene.port, path: pathOf('can'), body: scene.body });
    if (predictionOf(answer) === 2) second++;
  }
  await api.apply(isvc(scene, 'can', 'v2', { canaryTrafficPercent: 0 }));
  await api.ready('can');
  const back = await ask({ port: scene.port, path: pathOf('can'), body: scene.body });
  isEqual(predictionOf(back), 1, 'after a rollback');
  await api.apply(isvc(scene, 'can', 'v2'));
  await api.ready('can');
  const promoted = await ask({ port: scene.port, path: pathOf('can'), body: scene.body });
  isEqual(predictionOf(promoted), 2, 'after promotion');
  const text = none(await prober.stop());
  if (Math.abs(second / requests - 0.1) > 0.01) throw new Error(`${second} of ${requests} went to 10 %`);
  await api.remove('can');
  return `${text}; of ${requests} at 10 %: ${second} to the canary; rollback and promotion`;
};

const badVersion: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'bad', 'v1'));
  await api.ready('bad');
  const prober = probe(scene, 'bad');
  await api.apply(isvc(scene, 'bad', 'no-such-version'));
  const start = performance.now();
  let condition: Json;
  while (condition?.status !== 'False' && performance.now() - start < 30_000) {
    await sleep(50);
    condition = (await api.get('bad')).status?.conditions?.find((one: Json) => one.type === 'Ready');
  }
  const seconds = (performance.now() - start) / 1000;
  isEqual(condition?.status, 'False', 'Ready of a version that is not there');
  if (!String(condition.message).includes('no-such-version')) throw new Error(`the message is "${condition.message}"`);
  await sleep(500);
  const text = none(await prober.stop());
  await api.remove('bad');
  return `${text}; told after ${seconds.toFixed(2)} s: ${condition.reason}`;
};

const scale: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'scale', 'v1'));
  await api.ready('scale');
  const prober = probe(scene, 'scale');
  await api.apply(isvc(scene, 'scale', 'v1', { minReplicas: 4 }));
  await ready(api, 'scale', 4);
  await sleep(1_000);
  await api.apply(isvc(scene, 'scale', 'v1', { minReplicas: 1, maxReplicas: 1 }));
  await ready(api, 'scale', 1);
  const text = none(await prober.stop());
  await api.remove('scale');
  return `${text}; 1 → 4 → 1 replicas`;
};

async function ready(api: Api, name: string, count: number): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end; await sleep(50)) {
    const pods = await api.pods(name);
    if (pods.length === count && pods.every((pod) => pod.status.containerStatuses[0].ready)) return;
  }
  throw new Error(`${name} has not come to ${count} replicas`);
}

/** Waits for an answer to a request that was sent after `since`. */
async function answered(prober: Prober, since: number): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(20)) {
    if (prober.probes.some((one) => one.start > since && one.status === 200)) return;
  }
  throw new Error('no request was answered for 30 s');
}

const killReplicas: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'kill', 'v1', { minReplicas: 4 }));
  await ready(api, 'kill', 4);
  const prober = probe(scene, 'kill');
  let kills = 0;
  const end = performance.now() + (scene.isFull ? 300_000 : 20_000);
  for (; performance.now() < end; await sleep(2_000)) {
    const pods = (await api.pods('kill')).filter((pod) => pod.status.containerStatuses[0].ready && pod.status.pid > 0);
    const victim = pods[kills % Math.max(1, pods.length)];
    if (victim === undefined) continue;
    process.kill(victim.status.pid, 'SIGKILL');
    kills++;
  }
  const text = none(await prober.stop());
  await ready(api, 'kill', 4);
  await api.remove('kill');
  return `${text}; ${kills} replicas killed`;
};

const killOnlyReplica: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'lone', 'v1'));
  await ready(api, 'lone', 1);
  const prober = probe(scene, 'lone');
  for (let kills = 0; kills < 5; kills++) {
    await ready(api, 'lone', 1);
    const [pod] = await api.pods('lone');
    // A request meets three replicas at most: each has answered before it is killed, however busy the machine is.
    await answered(prober, performance.now());
    process.kill(pod.status.pid, 'SIGKILL');
    await sleep(1_500);
  }
  const probes = await prober.stop();
  const slowest = Math.max(...probes.map((one) => one.end - one.start));
  const text = none(probes);
  await api.remove('lone');
  return `${text}; the only replica killed 5 times, slowest answer ${Math.round(slowest)} ms`;
};

const killControl: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'ctl', 'v1', { minReplicas: 2 }));
  await ready(api, 'ctl', 2);
  const before = (await api.pods('ctl')).map((pod) => pod.metadata.name).sort();
  const prober = probe(scene, 'ctl');
  for (let kills = 0; kills < 3; kills++) {
    process.kill(partPid(scene.keeper, 'control-main'), 'SIGKILL');
    await sleep(1_500);
    await api.ready('ctl');
  }
  const text = none(await prober.stop());
  await ready(api, 'ctl', 2);
  isEqual(
    (await api.pods('ctl')).map((pod) => pod.metadata.name).sort(),
    before,
    'replicas after restarts of the control part',
  );
  isEqual((await api.get('ctl')).status.components.predictor.latestCreatedRevision, 'ctl-predictor-00001', 'revision');
  await api.remove('ctl');
  return `${text}; control part killed 3 times, the same replicas, no new revision`;
};

const killGateway: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'gate', 'v1'));
  await api.ready('gate');
  const prober = probe(scene, 'gate');
  await sleep(500);
  process.kill(partPid(scene.keeper, 'gateway-main'), 'SIGKILL');
  const killed = performance.now();
  await sleep(3_000);
  const probes = await prober.stop();
  const lastBad = Math.max(killed, ...probes.filter((one) => one.status !== 200).map((one) => one.end));
  const seconds = (lastBad - killed) / 1000;
  if (seconds > 2) throw new Error(`requests failed until ${seconds.toFixed(2)} s after the gateway was killed`);
  await api.remove('gate');
  const bad = probes.filter((one) => one.status !== 200).length;
  return `${probes.length} requests; answered again after ${seconds.toFixed(2)} s (${bad} failed while it was away)`;
};

const fromZero: Scenario = async (scene) => {
  const { api } = scene;
  await api.apply(isvc(scene, 'zero', 'v1', { minReplicas: 0 }));
  await api.ready('zero');
  for (const end = performance.now() + 60_000; (await api.pods('zero')).length > 0; await sleep(100)) {
    if (performance.now() > end) throw new Error('it does not go to zero');
  }
  isEqual((await api.ready('zero')).status.modelStatus.states.activeModelState, 'Standby', 'model at zero');
  const start = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => ask({ port: scene.port, path: pathOf('zero'), body: scene.body })),
  );
  const first = Math.min(...answers.map((one) => one.end)) - start;
  const text = none(answers);
  const pods = await api.pods('zero');
  isEqual(pods.length, 1, 'replicas that a flood of first requests started');
  await api.remove('zero');
  return `${text}; first answer after ${Math.round(first)} ms, one replica`;
};

export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map([
  ['rollout', rollout],
  ['canary', canary],
  ['bad-version', badVersion],
  ['scale', scale],
  ['kill-replicas', killReplicas],
  ['kill-only-replica', killOnlyReplica],
  ['kill-control', killControl],
  ['kill-gateway', killGateway],
  ['from-zero', fromZero],
]);

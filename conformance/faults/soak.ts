/**
 * `node conformance/faults/soak.ts [minutes]` (default 2): the platform under constant requests, with a rollout, a killed
 * replica, a wake from zero, a service that comes and goes, clients that break off and a watch in every cycle. No request
 * may fail, and what the platform takes may not grow from the first quarter on.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runFolder } from '../../packages/local/src/platform/run-folder.ts';
import { up } from '../platform.ts';
import { connectApi, type Json } from './api.ts';
import { type Footprint, footprint, openFiles } from './footprint.ts';
import { growth, slope } from './growth.ts';
import { ask, failures, Prober } from './prober.ts';

const minutes = Number(process.argv[2] ?? '2');
/** A rollout so often. */
const CYCLE_MS = minutes > 5 ? 20_000 : 8_000;
const RATE = 100;
const BROKEN_CLIENTS = 50;
const state = mkdtempSync(join(tmpdir(), 'berth-soak-'));
const temporary = join(state, 'tmp');
mkdirSync(temporary);
// The platform's own, so that nobody else's files are counted.
process.env.TMPDIR = temporary;
const models = join(import.meta.dirname, 'models');
const body = readFileSync(join(models, 'body.json'), 'utf8');
const platform = await up(state);
const api = connectApi(platform.kubeconfig);
const keeper = Number(JSON.parse(readFileSync(join(state, 'platform.json'), 'utf8')).pid);
const port = Number(new URL(platform.gateway).port);
const folders = [temporary, runFolder(state), join(state, 'cache')];

const pathOf = (name: string) => `/serving/default/${name}/v1/models/${name}:predict`;
const isvc = (name: string, version: string, predictor: Json, annotations: Json = {}): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name, annotations },
  spec: {
    predictor: { model: { modelFormat: { name: 'sklearn' }, storageUri: `file://${models}/${version}` }, ...predictor },
  },
});

/** Sends a part of a request, or a whole one without waiting for its answer, and is gone. */
function breakOff(index: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      const length = index % 2 === 0 ? body.length : body.length + 1_000;
      socket.write(`POST ${pathOf('steady')} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`, () => {
        socket.resetAndDestroy();
      });
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

async function settle(name: string, replicas: number): Promise<Json[]> {
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) {
    const pods = await api.pods(name);
    if (pods.length === replicas && pods.every((pod) => pod.status.containerStatuses[0].ready)) return pods;
  }
  throw new Error(`${name} has not come to ${replicas} ready replicas`);
}

const counts = { rollouts: 0, kills: 0, wakes: 0, services: 0, broken: 0 };

async function cycle(turn: number): Promise<Footprint> {
  const end = performance.now() + CYCLE_MS;
  await api.apply(isvc('steady', turn % 2 === 0 ? 'v2' : 'v1', { minReplicas: 2 }));
  await api.ready('steady');
  counts.rollouts++;
  const [victim] = await settle('steady', 2);
  process.kill(victim.status.pid, 'SIGKILL');
  counts.kills++;
  if ((await api.pods('zero')).length === 0) {
    const woken = await ask({ port, path: pathOf('zero'), body });
    if (woken.status !== 200) throw new Error(`a request to a service at zero got ${woken.status} ${woken.body}`);
    counts.wakes++;
  }
  await api.apply(isvc('passing', 'v1', {}));
  await api.ready('passing');
  await api.remove('passing');
  counts.services++;
  await Promise.all(Array.from({ length: BROKEN_CLIENTS }, (_, index) => breakOff(index)));
  counts.broken += BROKEN_CLIENTS;
  (await api.watch('/apis/serving.kserve.io/v1beta1/inferenceservices?watch=1'))();
  await settle('steady', 2);
  await sleep(Math.max(1_000, end - performance.now()));
  const look = footprint(keeper, state, folders);
  const pods = (await api.call('GET', '/api/v1/namespaces/default/pods')).body.items.length;
  return { ...look, processes: look.processes - pods };
}

const looks: Footprint[] = [];
const problems: string[] = [];
try {
  await api.apply(isvc('steady', 'v1', { minReplicas: 2 }));
  await api.apply(isvc('zero', 'v1', { minReplicas: 0 }, { 'autoscaling.knative.dev/window': '6s' }));
  await api.ready('steady');
  await api.ready('zero');
  const prober = new Prober({ port, path: pathOf('steady'), body, rate: RATE, clients: 8 });
  let requests = 0;
  const bad = new Map<string, number>();
  try {
    for (const end = performance.now() + minutes * 60_000; performance.now() < end || looks.length < 12; ) {
      const look = await cycle(looks.length);
      looks.push(look);
      // Of hours of requests only the failures are kept.
      const probes = prober.probes.splice(0);
      requests += probes.length;
      for (const [text, count] of failures(probes)) bad.set(text, (bad.get(text) ?? 0) + count);
      const { parts, ...rest } = look;
      const sizes = Object.entries(parts).map(([name, { rss, descriptors }]) => `${name} ${mb(rss)}/${descriptors}`);
      console.log(`# ${looks.length}: ${sizes.join(' ')} MB/fds, ${JSON.stringify(rest)}`);
    }
  } finally {
    await prober.stop();
  }
  if (bad.size > 0) problems.push(`failed requests: ${JSON.stringify([...bad])}`);
  if (requests < (minutes * 60 * RATE) / 4) problems.push(`only ${requests} requests were made`);
  problems.push(...growth(looks));
  if (problems.some((text) => text.startsWith('descriptors'))) console.log(openFiles(keeper).join('\n'));
  const second = looks.slice(Math.floor(looks.length / 2));
  const slopes = (['keeper', 'control', 'gateway'] as const).map(
    (part) => `${part} ${slope(second, part, CYCLE_MS).toFixed(1)}`,
  );
  console.log(
    `${problems.length === 0 ? 'ok' : 'not ok'} soak: ${requests} requests, ${JSON.stringify(counts)}; MB/h in the second half: ${slopes.join(', ')}${problems.map((text) => `; ${text}`).join('')}`,
  );
} catch (error) {
  problems.push((error as Error).message);
  console.log(`not ok soak: ${(error as Error).message}\n${platform.said().slice(-4_000)}`);
} finally {
  await platform.stop();
  rmSync(state, { recursive: true, force: true });
}
process.exitCode = problems.length === 0 ? 0 : 1;

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

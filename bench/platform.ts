/** The platform's figures: what its gateway costs, how soon it and its services are there, what five hundred of them weigh. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, connectApi, type Json } from '../conformance/faults/api.ts';
import { type LivePlatform, up } from '../conformance/platform.ts';
import { freePort } from '../tools/free-port.ts';
import type { LoadResult } from './load/http.ts';
import { median } from './load/percentile.ts';
import { generate, startProcess, type Usage, until, usage } from './process.ts';
import type { Context, Figure } from './scenarios.ts';

const ROOT = join(import.meta.dirname, '..');
const MODEL = join(ROOT, 'examples', 'sklearn-iris', 'model');
const BODY = JSON.stringify({
  inputs: [{ name: 'input-0', shape: [1, 4], datatype: 'FP32', data: [6.8, 2.8, 4.8, 1.4] }],
});
const MANY = 500;

interface Platform extends LivePlatform {
  readonly api: Api;
  readonly port: number;
  readonly pid: number;
  readonly startMs: number;
}

async function withPlatform<T>(work: (platform: Platform) => Promise<T>): Promise<T> {
  const state = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const started = performance.now();
  const live = await up(state);
  const startMs = performance.now() - started;
  try {
    return await work({
      ...live,
      startMs,
      api: connectApi(live.kubeconfig),
      port: Number(new URL(live.gateway).port),
      pid: Number(JSON.parse(readFileSync(join(state, 'platform.json'), 'utf8')).pid),
    });
  } finally {
    await live.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

const isvc = (name: string, predictor: Json = {}, annotations: Json = {}): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name, annotations },
  spec: { predictor: { sklearn: { storageUri: `file://${MODEL}` }, ...predictor } },
});

const clock = (scenario: string, seconds: number, limit: number): Figure => ({
  scenario,
  peer: 'the clock',
  peerValue: limit,
  berthValue: seconds,
  unit: 's',
  ratio: seconds / limit,
  goal: `< ${limit} s`,
  reached: seconds < limit,
});

/** Berth's own server asked directly, and through the gateway, in turns. */
export async function gateway(context: Context): Promise<Figure[]> {
  const port = await freePort();
  const berth = join(ROOT, 'packages', 'cli', 'bin', 'berth.js');
  const direct = startProcess(process.execPath, [
    berth,
    'serve',
    MODEL,
    '--name',
    'iris',
    '--http-port',
    `${port}`,
    '--no-grpc-port',
  ]);
  await until(async () => (await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).ok, 30_000, direct.output);
  try {
    return await withPlatform(async (platform) => {
      await platform.api.apply(isvc('iris'));
      await platform.api.ready('iris');
      const load = (target: number, path: string, connections: number) =>
        generate<LoadResult>(join(import.meta.dirname, 'load', 'http.ts'), {
          port: target,
          path,
          body: BODY,
          connections,
          warmupMs: 500,
          durationMs: context.durationMs,
        });
      const rounds = {
        direct1: [] as number[],
        through1: [] as number[],
        direct16: [] as number[],
        through16: [] as number[],
      };
      for (let round = 0; round < context.rounds; round++) {
        const paths = ['/v2/models/iris/infer', '/serving/default/iris/v2/models/iris/infer'] as const;
        for (const connections of [1, context.connections]) {
          const asked = await load(port, paths[0], connections);
          const passed = await load(platform.port, paths[1], connections);
          if (asked.bad + passed.bad > 0)
            throw new Error(`${asked.bad + passed.bad} answers were not 200: ${passed.sample}`);
          if (connections === 1) {
            rounds.direct1.push(asked.p50);
            rounds.through1.push(passed.p50);
          } else {
            rounds.direct16.push(asked.requestsPerSecond);
            rounds.through16.push(passed.requestsPerSecond);
          }
        }
      }
      const added = median(rounds.through1) - median(rounds.direct1);
      const [alone, through] = [median(rounds.direct16), median(rounds.through16)];
      return [
        {
          scenario: 'gateway adds, p50, 1 connection',
          peer: 'Berth direct',
          peerValue: median(rounds.direct1),
          berthValue: added,
          unit: 'ms',
          ratio: added / 0.5,
          goal: '< 0.5 ms',
          reached: added < 0.5,
        },
        {
          scenario: `through the gateway, ${context.connections} connections`,
          peer: 'Berth direct',
          peerValue: alone,
          berthValue: through,
          unit: 'requests/s',
          ratio: through / alone,
          goal: '≥ 0.4×',
          reached: through >= 0.4 * alone,
        },
      ];
    });
  } finally {
    await direct.stop();
  }
}

/** Start of the platform, and the first answer of a service at zero. */
export async function platform(context: Context): Promise<Figure[]> {
  const starts: number[] = [];
  const wakes: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    await withPlatform(async ({ api, port, startMs }) => {
      starts.push(startMs / 1000);
      await api.apply(isvc('zero', { minReplicas: 0 }));
      await api.ready('zero');
      while ((await api.pods('zero')).length > 0) await sleep(100);
      const asked = performance.now();
      const response = await fetch(`http://127.0.0.1:${port}/serving/default/zero/v2/models/zero/infer`, {
        method: 'POST',
        body: BODY,
      });
      if (!response.ok) throw new Error(`the first answer was ${response.status}`);
      wakes.push((performance.now() - asked) / 1000);
    });
  }
  return [clock('berth up to ready', median(starts), 1), clock('scale from zero, first answer', median(wakes), 1)];
}

/** A figure of which less is better. */
const below = (scenario: string, value: number, limit: number, unit: string): Figure => ({
  scenario,
  peer: 'the goal',
  peerValue: limit,
  berthValue: value,
  unit,
  ratio: value / limit,
  goal: `< ${limit} ${unit}`,
  reached: value < limit,
});

const total = (processes: readonly Usage[], read: (one: Usage) => number) =>
  processes.reduce((sum, one) => sum + read(one), 0);

function partOf({ command }: Usage): string {
  if (command.includes('control-main')) return 'control';
  if (command.includes('gateway-main')) return 'gateway';
  return command.includes(' up ') ? 'keeper' : 'other';
}

function printMemory(when: string, processes: readonly Usage[]): void {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
  for (const one of processes) {
    console.log(`${when}: ${partOf(one)} ${mb(one.residentBytes)} MB RSS, ${mb(one.proportionalBytes)} MB PSS`);
  }
}

const IDLE_SECONDS = 60;

/**
 * Five hundred services at zero: what the platform weighs and does, and how long one more takes. It runs from the bundle,
 * as it does where it is installed: what strips types from the sources takes tens of megabytes in each process.
 */
export async function many(): Promise<Figure[]> {
  execFileSync(process.execPath, [join(ROOT, 'tools', 'bundle.ts')], { stdio: 'ignore' });
  process.env.BERTH_BUNDLE = '1';
  const figures = withPlatform(async ({ api, pid }) => {
    printMemory('no service', await usage(pid));
    // Ready without a replica of each: the figure is of services that sleep, not of five hundred starts.
    const asleep = { 'autoscaling.knative.dev/initial-scale': '0' };
    for (let index = 0; index < MANY; index++) await api.apply(isvc(`many-${index}`, { minReplicas: 0 }, asleep));
    for (const end = performance.now() + 600_000; performance.now() < end; await sleep(1_000)) {
      const { body } = await api.call('GET', '/api/v1/namespaces/default/pods');
      const services = await api.call('GET', '/apis/serving.kserve.io/v1beta1/inferenceservices');
      const ready = services.body.items.filter((one: Json) =>
        one.status?.conditions?.some((each: Json) => each.type === 'Ready' && each.status === 'True'),
      );
      if (body.items.length === 0 && ready.length === MANY) break;
    }
    await sleep(10_000);
    const quiet = await usage(pid);
    await sleep(IDLE_SECONDS * 1_000);
    const later = await usage(pid);
    printMemory(`${MANY} services`, later);
    const worked = total(later, (one) => one.cpuSeconds) - total(quiet, (one) => one.cpuSeconds);
    const started = performance.now();
    await api.apply(isvc('one-more'));
    await api.ready('one-more');
    const seconds = (performance.now() - started) / 1000;
    const megabytes = (read: (one: Usage) => number) => Math.max(total(quiet, read), total(later, read)) / 1e6;
    return [
      below(
        `${MANY} services at zero, sum of resident memory`,
        megabytes((one) => one.residentBytes),
        300,
        'MB',
      ),
      below(
        `${MANY} services at zero, memory (PSS)`,
        megabytes((one) => one.proportionalBytes),
        300,
        'MB',
      ),
      below(`${MANY} services at zero, processor over a minute`, (100 * worked) / IDLE_SECONDS, 2, '% of a core'),
      clock(`one more beside ${MANY}, apply to Ready`, seconds, 2),
    ];
  });
  return figures.finally(() => delete process.env.BERTH_BUNDLE);
}

/** What is compared with what, and the goal of each figure. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, freePorts } from '../tools/free-port.ts';
import { environment } from './environments.ts';
import { install } from './install.ts';
import type { LoadResult } from './load/http.ts';
import { median } from './load/percentile.ts';
import { gateway, many, platform } from './platform.ts';
import { generate, type Peer, residentBytes, startProcess, until } from './process.ts';
import { score } from './score.ts';

const HERE = import.meta.dirname;
const BERTH = join(HERE, '..', 'packages', 'cli', 'bin', 'berth.js');
const V2_ROW = JSON.stringify({
  inputs: [{ name: 'input-0', shape: [1, 4], datatype: 'FP32', data: [6.8, 2.8, 4.8, 1.4] }],
});

/** One row of the report. `ratio` is Berth over the peer for speeds, Berth's share of the peer for times and memory. */
export interface Figure {
  readonly scenario: string;
  readonly peer: string;
  readonly peerValue: number;
  readonly berthValue: number;
  readonly unit: string;
  readonly ratio: number;
  readonly goal: string;
  readonly reached: boolean;
}

/** What every scenario gets. */
export interface Context {
  readonly models: string;
  readonly durationMs: number;
  readonly rounds: number;
  readonly connections: number;
}

/** Those that compare with the clock or with Berth itself: they need neither peers nor models. */
export const ALONE: ReadonlySet<string> = new Set(['gateway', 'platform', 'many', 'install']);

/** Makes the peers' environments and the models. */
export async function prepare(settings: Omit<Context, 'models'>): Promise<Context> {
  const models = join(HERE, '.venv', 'models');
  if (!existsSync(join(models, 'large-rows.f32'))) {
    execFileSync(join(environment('mlserver'), 'python'), [join(HERE, 'peers', 'models.py'), models], {
      stdio: 'inherit',
    });
  }
  return { ...settings, models };
}

interface Server extends Peer {
  readonly http: number;
  readonly grpc: number;
  readonly startMs: number;
}

async function whenAnswering(
  peer: Peer & { output(): string },
  http: number,
  grpc: number,
  path: string,
  body: string,
): Promise<Server> {
  const start = performance.now();
  const answers = async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${http}${path}`, { method: 'POST', headers, body });
    await response.text();
    return response.ok;
  };
  await until(answers, 60_000, peer.output);
  return { pid: peer.pid, stop: () => peer.stop(), http, grpc, startMs: performance.now() - start };
}

async function startBerth(context: Context, env: Record<string, string> = {}): Promise<Server> {
  const [http, grpc] = await freePorts(2);
  const repository = join(context.models, 'repository');
  const args = [BERTH, 'serve', repository, '--http-port', `${http}`, '--grpc-port', `${grpc}`];
  const peer = startProcess(process.execPath, args, { env });
  return whenAnswering(peer, http, grpc, '/v2/models/iris/infer', V2_ROW);
}

async function startMlserver(context: Context): Promise<Server> {
  const [http, grpc, metrics] = await freePorts(3);
  const peer = startProcess(join(environment('mlserver'), 'mlserver'), ['start', join(context.models, 'repository')], {
    env: {
      MLSERVER_HTTP_PORT: `${http}`,
      MLSERVER_GRPC_PORT: `${grpc}`,
      MLSERVER_METRICS_PORT: `${metrics}`,
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_PARALLEL_WORKERS: '0',
      MLSERVER_DEBUG: 'false',
    },
    cwd: context.models,
  });
  return whenAnswering(peer, http, grpc, '/v2/models/iris/infer', V2_ROW);
}

async function startKserve(context: Context): Promise<Server> {
  const [http, grpc] = await freePorts(2);
  const model = join(context.models, 'repository', 'iris', 'model.joblib');
  const script = join(HERE, 'peers', 'kserve_sklearn.py');
  const peer = startProcess(join(environment('kserve'), 'python'), [script, model, `${http}`, `${grpc}`]);
  return whenAnswering(
    peer,
    http,
    grpc,
    '/v1/models/iris:predict',
    JSON.stringify({ instances: [[6.8, 2.8, 4.8, 1.4]] }),
  );
}

async function startBare(): Promise<Server> {
  const http = await freePort();
  const peer = startProcess(process.execPath, [join(HERE, 'peers', 'bare-http.ts'), `${http}`]);
  return whenAnswering(peer, http, 0, '/', V2_ROW);
}

async function load(context: Context, port: number, path: string, body: string): Promise<LoadResult> {
  const { connections, durationMs } = context;
  const options = { port, path, body, connections, warmupMs: durationMs / 3, durationMs };
  const result = await generate<LoadResult>(join(HERE, 'load', 'http.ts'), options);
  if (result.bad > 0) throw new Error(`${result.bad} answers of ${path} were not 200: ${result.sample}`);
  return result;
}

async function loadGrpc(context: Context, port: number): Promise<LoadResult> {
  const { connections, durationMs } = context;
  const messageBase64 = irisMessage().toString('base64');
  const options = { port, messageBase64, connections, warmupMs: durationMs / 3, durationMs };
  const result = await generate<LoadResult>(join(HERE, 'load', 'grpc.ts'), options);
  if (result.bad > 0) throw new Error(`${result.bad} gRPC answers were not OK`);
  return result;
}

/** `ModelInferRequest{model_name:"iris", inputs:[{name:"input-0",datatype:"FP32",shape:[1,4],contents:{fp32…}}]}`. */
function irisMessage(): Buffer {
  const field = (number: number, bytes: Buffer) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const floats = Buffer.alloc(16);
  [6.8, 2.8, 4.8, 1.4].forEach((value, i) => {
    floats.writeFloatLE(value, i * 4);
  });
  const input = Buffer.concat([
    field(1, Buffer.from('input-0')),
    field(2, Buffer.from('FP32')),
    field(3, Buffer.from([1, 4])),
    field(5, field(6, floats)),
  ]);
  return Buffer.concat([field(1, Buffer.from('iris')), field(5, input)]);
}

/** Rounds of A and B in turn on servers that both run: medians, and the ratio of the medians. */
async function compare(
  rounds: number,
  peer: () => Promise<number>,
  berth: () => Promise<number>,
): Promise<[number, number]> {
  const peers: number[] = [];
  const berths: number[] = [];
  for (let i = 0; i < rounds; i++) {
    peers.push(await peer());
    berths.push(await berth());
  }
  return [median(peers), median(berths)];
}

function faster(
  scenario: string,
  peer: string,
  unit: string,
  [peerValue, berthValue]: [number, number],
  goal: number,
): Figure {
  const ratio = berthValue / peerValue;
  return { scenario, peer, peerValue, berthValue, unit, ratio, goal: `≥ ${goal}×`, reached: ratio >= goal };
}

function smaller(
  scenario: string,
  peer: string,
  unit: string,
  [peerValue, berthValue]: [number, number],
  goal: number,
): Figure {
  const ratio = berthValue / peerValue;
  return { scenario, peer, peerValue, berthValue, unit, ratio, goal: `< ${goal}×`, reached: ratio < goal };
}

async function withServers<Result>(
  starts: (() => Promise<Server>)[],
  use: (...servers: Server[]) => Promise<Result>,
): Promise<Result> {
  const servers: Server[] = [];
  try {
    for (const start of starts) servers.push(await start());
    return await use(...servers);
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function v2Against(
  context: Context,
  scenario: string,
  path: string,
  body: string,
  goal: number,
): Promise<Figure[]> {
  return withServers([() => startMlserver(context), () => startBerth(context)], async (mlserver, berth) => {
    const rates = await compare(
      context.rounds,
      async () => (await load(context, mlserver.http, path, body)).requestsPerSecond,
      async () => (await load(context, berth.http, path, body)).requestsPerSecond,
    );
    return [faster(scenario, 'MLServer 1.7.1', 'requests/s', rates, goal)];
  });
}

function manyRows(rows: number): string {
  const data = Array.from({ length: rows * 4 }, (_, i) => Math.round((5 + Math.sin(i) * 2) * 10) / 10);
  return JSON.stringify({ inputs: [{ name: 'input-0', shape: [rows, 4], datatype: 'FP32', data }] });
}

async function iris(context: Context): Promise<Figure[]> {
  const v2 = await v2Against(context, 'iris, v2 REST', '/v2/models/iris/infer', V2_ROW, 15);
  const v1Body = JSON.stringify({ instances: [[6.8, 2.8, 4.8, 1.4]] });
  const v1 = await withServers([() => startKserve(context), () => startBerth(context)], async (kserve, berth) => {
    const path = '/v1/models/iris:predict';
    const rates = await compare(
      context.rounds,
      async () => (await load(context, kserve.http, path, v1Body)).requestsPerSecond,
      async () => (await load(context, berth.http, path, v1Body)).requestsPerSecond,
    );
    return faster('iris, v1', 'kserve.Model 0.21', 'requests/s', rates, 15);
  });
  const bare = await withServers([startBare, () => startBerth(context)], async (floor, berth) => {
    const rates = await compare(
      context.rounds,
      async () => (await load(context, floor.http, '/v2/models/iris/infer', V2_ROW)).requestsPerSecond,
      async () => (await load(context, berth.http, '/v2/models/iris/infer', V2_ROW)).requestsPerSecond,
    );
    return faster('iris, v2 REST', 'bare node:http', 'requests/s', rates, 0.6);
  });
  return [...v2, v1, bare];
}

async function grpc(context: Context): Promise<Figure[]> {
  return withServers([() => startMlserver(context), () => startBerth(context)], async (mlserver, berth) => {
    const rates = await compare(
      context.rounds,
      async () => (await loadGrpc(context, mlserver.grpc)).requestsPerSecond,
      async () => (await loadGrpc(context, berth.grpc)).requestsPerSecond,
    );
    return [faster('iris, v2 gRPC', 'MLServer 1.7.1', 'requests/s', rates, 8)];
  });
}

/** Seconds from exec to the first answer, median of starts with a warm compile cache, and resident bytes after it. */
async function starts(rounds: number, open: () => Promise<Server>): Promise<{ seconds: number; bytes: number }> {
  const seconds: number[] = [];
  const bytes: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const began = performance.now();
    const server = await open();
    // The first start fills the caches.
    if (i > 0) seconds.push((performance.now() - began) / 1000);
    bytes.push(await residentBytes(server.pid));
    await server.stop();
  }
  return { seconds: median(seconds), bytes: median(bytes) };
}

async function start(context: Context): Promise<Figure[]> {
  execFileSync(process.execPath, [join(HERE, '..', 'tools', 'bundle.ts')], { stdio: 'ignore' });
  const rounds = Math.max(3, context.rounds);
  const sources = await starts(rounds, () => startBerth(context));
  const bundle = await starts(rounds, () => startBerth(context, { BERTH_BUNDLE: '1' }));
  const mlserver = await starts(rounds, () => startMlserver(context));
  const peer = 'MLServer 1.7.1';
  const first = 'start to first answer';
  return [
    smaller(`${first}, bundle`, peer, 's', [mlserver.seconds, bundle.seconds], 0.1),
    smaller(`${first}, sources`, peer, 's', [mlserver.seconds, sources.seconds], 0.1),
    { ...smaller(`${first}, sources`, 'the clock', 's', [0.5, sources.seconds], 1), goal: '< 0.5 s' },
    smaller('resident memory, 3 models', peer, 'MB', [mlserver.bytes / 1e6, sources.bytes / 1e6], 0.5),
  ];
}

async function trees(context: Context): Promise<Figure[]> {
  const python = join(environment('mlserver'), 'python');
  const script = join(HERE, 'peers', 'xgboost_inprocess.py');
  const theirs = JSON.parse(execFileSync(python, [script, context.models], { encoding: 'utf8' })) as Record<
    string,
    number
  >;
  const options = [join(HERE, 'peers', 'berth-inprocess.ts'), context.models];
  const ours = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' })) as Record<string, number>;
  if (Math.abs(theirs.sum - ours.sum) > 1e-5 * Math.abs(theirs.sum)) {
    throw new Error(`the answers differ: XGBoost's sum is ${theirs.sum}, ours ${ours.sum}`);
  }
  const peer = 'XGBoost in-process, 1 thread';
  return [
    smaller('500 trees of depth 6, one row', peer, 'µs', [theirs.rowMicroseconds, ours.rowMicroseconds], 0.2),
    faster('500 trees, batch of 10,000', peer, 'rows/s', [theirs.batchRowsPerSecond, ours.batchRowsPerSecond], 0.3),
  ];
}

/** Every scenario by name. */
export const SCENARIOS: ReadonlyMap<string, (context: Context) => Promise<Figure[]>> = new Map<
  string,
  (context: Context) => Promise<Figure[]>
>([
  ['iris', iris],
  ['grpc', grpc],
  ['forest', (context) => v2Against(context, 'forest of 100 trees', '/v2/models/forest/infer', V2_ROW, 80)],
  ['xgboost', (context) => v2Against(context, 'XGBoost of 100 trees', '/v2/models/xgb/infer', V2_ROW, 15)],
  ['rows', (context) => v2Against(context, '1,000 rows × 4, v2 JSON', '/v2/models/iris/infer', manyRows(1000), 5)],
  ['start', start],
  ['trees', trees],
  ['gateway', gateway],
  ['platform', platform],
  ['many', many],
  ['install', install],
  ['score', score],
]);

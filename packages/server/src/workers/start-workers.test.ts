import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { afterEach, describe, test } from 'node:test';
import type { RunningServer, ServerOptions } from '../start/options.ts';
import { startServer } from '../start/start-server.ts';
import type { WorkerAppConfig } from '../testing/worker-app.ts';

const MODULE = new URL('../testing/worker-app.ts', import.meta.url).href;
let server: RunningServer | undefined;
const notices: string[] = [];

afterEach(async () => {
  await server?.close();
  server = undefined;
  notices.length = 0;
});

async function start(config: WorkerAppConfig, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  server = await startServer({
    app: { module: MODULE, config },
    httpPort: 0,
    grpcPort: 0,
    workers: 2,
    env: {},
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  await server.ready;
  return server;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request on a connection of its own, so that the workers share them. */
function call(method: string, path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const agent = new Agent();
    const sent = httpRequest(
      { port: server?.httpPort, host: '127.0.0.1', method, path, agent, headers: { connection: 'close' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const ONE = { inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] };

function infer(model: string, value = 1): Promise<Answer> {
  return call('POST', `/v2/models/${model}/infer`, { inputs: [{ ...ONE.inputs[0], data: [value] }] });
}

async function pidOf(): Promise<number> {
  const { body } = await infer('pid');
  return JSON.parse(body).outputs[0].data[0];
}

/** Waits for something that other processes do. */
async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`never: ${what}; notices: ${notices.join('\n')}`);
}

/** The pids that answer until each of the workers has. */
async function pidsThatAnswer(): Promise<Set<number>> {
  const seen = new Set<number>();
  await until('both workers answer', async () => {
    seen.add(await pidOf());
    return seen.size === 2;
  });
  return seen;
}

async function successCount(model: string): Promise<number> {
  const { body } = await call('GET', '/metrics');
  const line = body
    .split('\n')
    .find(
      (each) =>
        each.startsWith('berth_inference_success_total') &&
        each.includes(`model="${model}"`) &&
        each.includes('protocol="v2"'),
    );
  return Number(line?.split(' ').at(-1) ?? 0);
}

async function inFlight(): Promise<number> {
  const { body } = await call('GET', '/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith('berth_in_flight_requests{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function statisticsCount(model: string): Promise<number> {
  const { body } = await call('GET', `/v2/models/${model}/stats`);
  return JSON.parse(body).model_stats[0].inference_stats.success.count;
}

describe('several workers', () => {
  test('share the ports, and reports come from each', async () => {
    const reports: { report: { pid: number }; worker: number }[] = [];
    const running = await start(
      { models: ['pid'] },
      { onReport: (report, worker) => reports.push({ report: report as { pid: number }, worker }) },
    );
    for (let sent = 0; sent < 12; sent++) assert.equal((await call('GET', '/v2/health/ready')).status, 200);
    const answering = await pidsThatAnswer();
    assert.deepEqual([...answering].sort(), [...(running.workerPids ?? [])].sort());
    assert.deepEqual(reports.map(({ worker }) => worker).sort(), [0, 1]);
    assert.deepEqual(new Set(reports.map(({ report }) => report.pid)), answering);
  });

  test('sum what they count, and the sum does not go back when one is killed', async () => {
    const running = await start({ models: ['pid'] });
    for (let sent = 0; sent < 20; sent++) await infer('pid');
    assert.equal(await successCount('pid'), 20);
    assert.equal(await statisticsCount('pid'), 20);
    const [victim] = running.workerPids ?? [];
    process.kill(victim as number, 'SIGKILL');
    let seen = 20;
    await until('a worker in the place of the dead one', async () => {
      const count = await successCount('pid').catch(() => seen);
      assert.ok(count >= seen, `${count} after ${seen}`);
      seen = count;
      const pids = running.workerPids ?? [];
      return pids.length === 2 && !pids.includes(victim);
    });
    await pidsThatAnswer();
    assert.ok((await successCount('pid')) >= 22);
    assert.ok((await statisticsCount('pid')) >= 22);
    assert.match(notices.join('\n'), /killed by SIGKILL; it is replaced now|killed by SIGKILL; it is replaced in 1 s/);
  });

  test('a load holds in all of them, also in one that is started later', async () => {
    const running = await start({ models: ['pid'], loadable: ['extra'] });
    assert.equal((await infer('extra')).status, 404);
    assert.equal((await call('POST', '/v2/repository/models/extra/load', {})).status, 200);
    for (let sent = 0; sent < 12; sent++) assert.equal((await infer('extra')).status, 200);
    const [victim] = running.workerPids ?? [];
    process.kill(victim as number, 'SIGKILL');
    await until('the dead worker is gone', () => !(running.workerPids ?? []).includes(victim));
    await pidsThatAnswer();
    for (let sent = 0; sent < 12; sent++) assert.equal((await infer('extra')).status, 200);
    assert.equal((await call('POST', '/v2/repository/models/extra/unload', {})).status, 200);
    for (let sent = 0; sent < 12; sent++) assert.notEqual((await infer('extra')).status, 200);
  });

  test('a load that one worker refuses is an error, and holds in none', async () => {
    await start({ models: ['pid'], loadable: ['extra'], failsIn: 1 });
    const { status, body } = await call('POST', '/v2/repository/models/extra/load', {});
    assert.equal(status, 400);
    assert.match(body, /worker 1 does not like extra/);
    await pidsThatAnswer();
    for (let sent = 0; sent < 12; sent++) assert.notEqual((await infer('extra')).status, 200);
    assert.equal((await call('GET', '/v2/health/ready')).status, 200);
  });

  test('a request that kills its worker leaves the server serving', async () => {
    const running = await start({ models: ['pid', 'suicide'] });
    const before = [...(running.workerPids ?? [])];
    await assert.rejects(infer('suicide'));
    await until('two workers again', () => {
      const now = running.workerPids ?? [];
      return now.length === 2 && now.join() !== before.join();
    });
    await pidsThatAnswer();
  });

  test('draining lets requests end, and ends every process', async () => {
    const running = await start({ models: ['pid', 'slow'] });
    const pids = running.workerPids as number[];
    const slow = Array.from({ length: 6 }, () => infer('slow', 1_500));
    await until('six requests in flight', async () => (await inFlight()) === 6);
    const { cut } = await running.drain();
    assert.equal(cut, 0);
    for (const answer of await Promise.all(slow)) assert.equal(answer.status, 200);
    assert.equal(await running.ended, 0);
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
  });

  test('what passes the drain time is cut, and the exit code says so', async () => {
    const running = await start({ models: ['slow'] }, { drainTimeoutMs: 100 });
    const slow = infer('slow', 60_000);
    slow.catch(() => undefined);
    await until('one request in flight', async () => (await inFlight()) === 1);
    assert.equal((await running.drain()).cut, 1);
    assert.equal(await running.ended, 75);
    await assert.rejects(slow);
  });
});

test('while the first workers start, a model counts only once all of them have it', async () => {
  server = await startServer({
    app: { module: MODULE, config: { models: ['pid'], slowIn: 1, slowMs: 1_500 } satisfies WorkerAppConfig },
    httpPort: 0,
    grpcPort: 0,
    workers: 2,
    env: {},
    onNotice: (notice) => notices.push(notice),
  });
  let settled = false;
  void server.ready.then(() => {
    settled = true;
  });
  for (let sent = 0; sent < 12; sent++) {
    const answers = [
      await infer('pid'),
      await call('GET', '/v2/health/ready'),
      await call('GET', '/v2/models/pid/ready'),
    ];
    if (settled) break;
    for (const { status } of answers) assert.notEqual(status, 200);
  }
  await server.ready;
  for (let sent = 0; sent < 12; sent++) {
    assert.equal((await infer('pid')).status, 200);
    assert.equal((await call('GET', '/v2/health/ready')).status, 200);
    assert.equal((await call('GET', '/v2/models/pid/ready')).status, 200);
  }
});

describe('workers that can not start', () => {
  test('an app that throws ends the start with its text', async () => {
    await assert.rejects(start({ models: [], brokenWhile: process.execPath }), /the app is broken/);
  });

  test('without an app module they are refused', async () => {
    await assert.rejects(
      startServer({ app: { create: () => ({ services: [] }) }, workers: 2, httpPort: 0, grpcPort: 0, env: {} }),
      /need an app module/,
    );
  });

  test('a port that another program has is named before any worker starts', async () => {
    const running = await start({ models: ['pid'] });
    await assert.rejects(
      startServer({
        app: { module: MODULE, config: { models: [] } },
        workers: 2,
        httpPort: running.httpPort,
        grpcPort: 0,
        env: {},
      }),
      new RegExp(`port ${running.httpPort} is in use by node \\(pid \\d+\\)`),
    );
  });
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request as httpRequest } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../gen/inference_pb.ts';
import { frameOf } from '../protocols/grpc/transport/framing.ts';
import { connectTo, http2Call } from '../testing/http2-call.ts';

const MAIN = fileURLToPath(new URL('../testing/serve-main.ts', import.meta.url));

const REFUSED_STREAM = 7;

interface Served {
  readonly child: ChildProcess;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly urls: string[];
  readonly workerPids: number[] | undefined;
  readonly exit: Promise<number | null>;
  stderr(): string;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function launch(
  options: object,
  shell?: string,
): { child: ChildProcess; exit: Promise<number | null>; stderr: () => string } {
  const args = [MAIN, JSON.stringify({ config: { models: ['pid', 'slow'] }, ...options })];
  const child =
    shell === undefined
      ? spawn(process.execPath, args)
      : spawn('/bin/sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...args]);
  children.push(child);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return { child, exit, stderr: () => stderr };
}

async function serve(options: object = {}, shell?: string): Promise<Served> {
  const { child, exit, stderr } = launch(options, shell);
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    exit.then((code) => reject(new Error(`ended with ${code}: ${stderr()}`)));
  });
  return { child, exit, stderr, ...JSON.parse(line) };
}

function post(
  port: number,
  path: string,
  body: unknown,
  agent = new Agent(),
): Promise<{ status: number; connection: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { port, host: '127.0.0.1', method: body === undefined ? 'GET' : 'POST', path, agent },
      (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, connection: String(response.headers.connection) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function slow(port: number, milliseconds: number, agent?: Agent) {
  const inputs = [{ name: 'x', shape: [1], datatype: 'FP32', data: [milliseconds] }];
  return post(port, '/v2/models/slow/infer', { inputs }, agent);
}

function slowMessage(milliseconds: number): Buffer {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1n], contents: { fp32Contents: [milliseconds] } }];
  return frameOf(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, { modelName: 'slow', inputs })));
}

async function untilRefused(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const error = await post(port, '/v2/health/live', undefined).catch((thrown) => thrown);
    if (error?.code === 'ECONNREFUSED') return;
    await pause(10);
  }
  assert.fail('connections are still taken');
}

/** Waits until so many requests are being worked on, as the metrics say. */
async function untilInFlight(port: number, count: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const page = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } });
    const lines = (await page.text()).split('\n').filter((line) => line.startsWith('berth_in_flight_requests{'));
    if (lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0) >= count) return;
    await pause(25);
  }
  assert.fail(`never ${count} requests in flight`);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('SIGTERM', () => {
  for (const workers of [1, 2]) {
    test(`with ${workers} worker(s): what is under way ends, nothing new is taken, exit 0`, async () => {
      const served = await serve({ workers });
      const session = await connectTo(served.grpcPort);
      const rest = Array.from({ length: 10 }, () => slow(served.httpPort, 2_000));
      const grpc = Array.from({ length: 10 }, () => http2Call(session, { body: slowMessage(2_000) }));
      await untilInFlight(served.httpPort, 20);
      served.child.kill('SIGTERM');
      await untilRefused(served.httpPort);
      for (const { status, connection } of await Promise.all(rest)) {
        assert.equal(status, 200);
        assert.equal(connection, 'close');
      }
      for (const { code } of await Promise.all(grpc)) assert.equal(code, '0');
      assert.equal(await served.exit, 0);
      session.destroy();
    });
  }

  test('readiness is false at once on a connection that is open', async () => {
    const served = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await post(served.httpPort, '/v2/health/ready', undefined, agent)).status, 200);
    const session = await connectTo(served.httpPort);
    const open = http2Call(session, { body: slowMessage(1_500) });
    await untilInFlight(served.httpPort, 1);
    served.child.kill('SIGTERM');
    await untilRefused(served.httpPort);
    const ready = await post(served.httpPort, '/v2/health/ready', undefined, agent);
    // Triton's status for a server that is not ready.
    assert.equal(ready.status, 400);
    assert.equal(ready.connection, 'close');
    assert.equal((await open).code, '0');
    assert.equal(await served.exit, 0);
  });

  for (const workers of [1, 2]) {
    test(`with ${workers} worker(s): clients that keep their connections lose no request`, async () => {
      const served = await serve({ workers });
      const results: (number | string)[] = [];
      const clients = Array.from({ length: 8 }, async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (;;) {
          const answer = await slow(served.httpPort, 5, agent).catch((error) => ({
            status: error.code,
            connection: 'close',
          }));
          results.push(answer.status);
          if (answer.connection === 'close') return;
        }
      });
      while (results.length < 100) await pause(5);
      served.child.kill('SIGTERM');
      await Promise.all(clients);
      assert.deepEqual([...new Set(results)], [200]);
      assert.equal(await served.exit, 0);
    });
  }

  test('gRPC calls that were made before the client knew are answered', async () => {
    const served = await serve();
    const results: string[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      const session = await connectTo(served.grpcPort);
      let told = false;
      session.on('goaway', () => {
        told = true;
      });
      while (!told) {
        const { code, reset } = await http2Call(session, { body: slowMessage(5) });
        // The client's own HTTP/2 layer refuses what it had not sent when it was told: safe to send elsewhere.
        results.push(reset === REFUSED_STREAM ? 'not sent' : `status ${code}`);
      }
      session.destroy();
    });
    while (results.length < 100) await pause(5);
    served.child.kill('SIGTERM');
    await Promise.all(clients);
    assert.deepEqual(
      results.filter((result) => result !== 'status 0' && result !== 'not sent'),
      [],
    );
    assert.equal(await served.exit, 0);
  });

  test('what passes the drain time is cut: exit 75', async () => {
    const served = await serve({ drainTimeoutMs: 200 });
    const request = slow(served.httpPort, 60_000);
    request.catch(() => undefined);
    await untilInFlight(served.httpPort, 1);
    served.child.kill('SIGTERM');
    assert.equal(await served.exit, 75);
    await assert.rejects(request);
  });

  for (const workers of [1, 2]) {
    test(`a second one ends ${workers} worker(s) at once`, async () => {
      const served = await serve({ workers });
      slow(served.httpPort, 60_000).catch(() => undefined);
      await untilInFlight(served.httpPort, 1);
      served.child.kill('SIGTERM');
      await untilRefused(served.httpPort);
      served.child.kill('SIGTERM');
      assert.equal(await served.exit, 75);
      await allGone(served.workerPids ?? []);
    });
  }

  test('a client is told by GOAWAY to go elsewhere', async () => {
    const served = await serve();
    const session = http2Connect(`http://127.0.0.1:${served.httpPort}`);
    session.on('error', () => undefined);
    await new Promise((resolve) => session.on('connect', resolve));
    const goaway = new Promise((resolve) => session.on('goaway', resolve));
    served.child.kill('SIGTERM');
    assert.equal(await goaway, 0);
    assert.equal(await served.exit, 0);
  });
});

describe('crashes and limits', () => {
  test('a primary that is killed leaves no worker behind', async () => {
    const served = await serve({ workers: 2 });
    assert.equal(served.workerPids?.length, 2);
    served.child.kill('SIGKILL');
    await allGone(served.workerPids ?? []);
  });

  test('a worker that is told to end by itself is replaced', async () => {
    const served = await serve({ workers: 2 });
    const [victim] = served.workerPids as number[];
    process.kill(victim as number, 'SIGTERM');
    await allGone([victim as number]);
    for (let tries = 0; tries < 200 && !served.stderr().includes('it is replaced'); tries++) await pause(25);
    assert.match(served.stderr(), /worker 0 \(pid \d+\) ended: exit code 0; it is replaced/);
    assert.equal((await post(served.httpPort, '/v2/health/live', undefined)).status, 200);
  });

  test('running out of file descriptors is survived', { skip: process.platform !== 'linux' }, async () => {
    const served = await serve({}, 'ulimit -n 64;');
    const sockets = Array.from({ length: 100 }, () => {
      const socket = connect(served.httpPort, '127.0.0.1');
      socket.on('error', () => undefined);
      return socket;
    });
    await pause(500);
    for (const socket of sockets) socket.destroy();
    for (let tries = 0; tries < 100; tries++) {
      const answer = await post(served.httpPort, '/v2/health/live', undefined).catch(() => undefined);
      if (answer?.status === 200) break;
      await pause(50);
    }
    assert.equal((await post(served.httpPort, '/v2/health/live', undefined)).status, 200);
    assert.equal(served.child.exitCode, null);
  });

  test('a port in use: exit 1, and who has it', async () => {
    const served = await serve();
    for (const workers of [1, 2]) {
      const { exit, stderr } = launch({ httpPort: served.httpPort, workers });
      assert.equal(await exit, 1);
      assert.match(stderr(), new RegExp(`port ${served.httpPort} is in use by node \\(pid ${served.child.pid}\\)`));
    }
  });

  test('another host without keys: exit 1', async () => {
    const { exit, stderr } = launch({ host: '0.0.0.0' });
    assert.equal(await exit, 1);
    assert.match(stderr(), /--api-key-file/);
  });
});

async function allGone(pids: readonly number[]): Promise<void> {
  const alive = () =>
    pids.filter((pid) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    });
  for (let tries = 0; tries < 400 && alive().length > 0; tries++) await pause(25);
  assert.deepEqual(alive(), []);
}

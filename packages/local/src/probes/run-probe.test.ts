import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createNetServer, type Server } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { probeExec } from './probe-exec.ts';
import { probeGrpc } from './probe-grpc.ts';
import { probeHttp, probeTcp } from './run-probe.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<{ host: string; port: number }> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const http = (path: string, headers: [string, string][] = []) => ({ path, headers, isHttps: false, host: undefined });

describe('an HTTP probe', () => {
  test('takes 200 to 399 for well, sends its headers and says what was answered else', async () => {
    const address = await listen(
      createServer((request, response) => {
        response.statusCode = Number(request.url?.slice(1));
        response.end(`x-a is ${request.headers['x-a']}`);
      }),
    );
    for (const status of [200, 204, 302, 399])
      assert.equal((await probeHttp(http(`/${status}`), address, 1_000)).isOk, true);
    const failed = await probeHttp(http('/503', [['X-A', 'b']]), address, 1_000);
    assert.deepEqual(failed, { isOk: false, message: 'GET /503 is answered 503: x-a is b', status: 503 });
  });

  test('is over when its time is, and where nobody listens', async () => {
    const silent = await listen(createNetServer(() => undefined));
    const late = await probeHttp(http('/'), silent, 50);
    assert.match(late.isOk ? '' : late.message, /was not answered within 0.05 s/);
    const closed = await listen(createNetServer());
    servers.pop()?.close();
    const refused = await probeHttp(http('/'), closed, 1_000);
    assert.equal(refused.isOk ? undefined : refused.isRefused, true);
    assert.equal((await probeTcp(closed, 1_000)).isOk, false);
    assert.equal((await probeTcp(silent, 1_000)).isOk, true);
  });

  test('does not choke on what a server answers', async () => {
    const address = await listen(createNetServer((socket) => void socket.end('no HTTP at all\r\n\r\n')));
    assert.equal((await probeHttp(http('/'), address, 1_000)).isOk, false);
    const flood = await listen(createServer((_request, response) => response.end(Buffer.alloc(8 * 2 ** 20))));
    assert.equal((await probeHttp(http('/'), flood, 5_000)).isOk, true);
    assert.equal((await probeHttp(http('/\u0000'), flood, 1_000)).isOk, false);
  });
});

describe('a gRPC probe', () => {
  const answering = (status: number, grpcStatus = '0') =>
    listen(
      createHttp2Server().on('stream', (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': grpcStatus }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
      }) as unknown as Server,
    );

  test('is well where the service serves', async () => {
    assert.deepEqual(await probeGrpc(await answering(1), 'x', 2_000), { isOk: true });
  });

  test('fails where it does not, or knows no such question', async () => {
    assert.equal((await probeGrpc(await answering(2), '', 2_000)).isOk, false);
    const unknown = await probeGrpc(await answering(1, '12'), '', 2_000);
    assert.match(unknown.isOk ? '' : unknown.message, /is not offered/);
    const silent = await listen(createNetServer(() => undefined));
    assert.match(JSON.stringify(await probeGrpc(silent, '', 50)), /was not answered within/);
  });
});

describe('a probe by a command', () => {
  const inside = { command: [], env: { PATH: process.env.PATH ?? '' } };

  test('is well by its exit code, and tells what it said', async () => {
    assert.deepEqual(await probeExec(['true'], inside, 2_000), { isOk: true });
    const failed = await probeExec(['sh', '-c', 'echo no weights; exit 3'], inside, 2_000);
    assert.equal(failed.isOk ? '' : failed.message, "the probe's command ended with 3: no weights");
    assert.equal((await probeExec(['/no/such'], inside, 2_000)).isOk, false);
  });

  test('is ended with its children when its time is over', async () => {
    const started = performance.now();
    const late = await probeExec(['sh', '-c', 'sleep 60 & wait'], inside, 100);
    assert.match(late.isOk ? '' : late.message, /did not end within 0.1 s/);
    assert.ok(performance.now() - started < 10_000);
  });
});

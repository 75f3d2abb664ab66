import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { makeApiKey } from '@berth/exposure';
import { create, toBinary } from '@bufbuild/protobuf';
import { RepositoryModelLoadRequestSchema } from '../../gen/inference_pb.ts';
import { frameOf } from '../protocols/grpc/transport/framing.ts';
import { fakeService } from '../testing/fake-service.ts';
import { connectTo, http2Call } from '../testing/http2-call.ts';
import type { RunningServer, ServerOptions } from './options.ts';
import { startServer } from './start-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-'));
after(() => rmSync(folder, { recursive: true }));
let server: RunningServer | undefined;
afterEach(() => server?.close());

const LIVE = '/inference.GRPCInferenceService/ServerLive';
const METADATA = '/inference.GRPCInferenceService/ServerMetadata';
const LOAD = '/inference.GRPCInferenceService/RepositoryModelLoad';
const EMPTY = Buffer.alloc(5);

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  server = await startServer({
    app: { create: () => ({ services: [fakeService([{ name: 'm' }])] }) },
    httpPort: 0,
    grpcPort: 0,
    env: {},
    onNotice: () => undefined,
    ...options,
  });
  return server;
}

async function grpc(port: number, path: string, headers: Record<string, string> = {}, body: Buffer = EMPTY) {
  const session = await connectTo(port);
  const result = await http2Call(session, { path, headers, body });
  session.destroy();
  return result;
}

/** A REST request over HTTP/2. */
function http2Get(port: number, path: string): Promise<{ status: number; body: string }> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': path });
  return new Promise((resolve) => {
    let status = 0;
    let body = '';
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('close', () => {
      session.destroy();
      resolve({ status, body });
    });
    stream.end();
  });
}

describe('the ports', () => {
  test('the first speaks HTTP/1.1, HTTP/2 and gRPC, the second gRPC', async () => {
    const { httpPort, grpcPort = 0, urls } = await start();
    assert.equal((await fetch(`http://127.0.0.1:${httpPort}/v2/health/ready`)).status, 200);
    assert.deepEqual(await http2Get(httpPort, '/v2/health/ready'), { status: 200, body: '{"ready":true}' });
    assert.equal((await grpc(httpPort, LIVE)).code, '0');
    assert.equal((await grpc(grpcPort, LIVE)).code, '0');
    const refused = await fetch(`http://127.0.0.1:${grpcPort}/v2/health/ready`);
    assert.equal(refused.status, 426);
    assert.match(await refused.text(), /HTTP port/);
    assert.equal((await http2Get(grpcPort, '/v2/health/ready')).status, 415);
    assert.ok(urls.includes(`http://127.0.0.1:${httpPort}`) && urls.includes(`grpc://127.0.0.1:${grpcPort}`));
  });

  test('the second can be left out', async () => {
    const { grpcPort, urls } = await start({ grpcPort: false });
    assert.equal(grpcPort, undefined);
    assert.ok(urls.every((url) => url.startsWith('http:')));
  });

  test('a port that is none, and workers that are none, are refused', async () => {
    for (const httpPort of [-1, 65_536, 1.5, Number.NaN])
      await assert.rejects(start({ httpPort }), /--http-port .* is not a port/);
    for (const workers of [0, -1, 1.5]) await assert.rejects(start({ workers }), /--workers/);
  });

  test('nothing is left open where the second port can not be had', async () => {
    const first = await start();
    const closed: string[] = [];
    const app = { create: () => ({ services: [], close: async () => void closed.push('app') }) };
    const httpPort = await freePort();
    await assert.rejects(startServer({ app, httpPort, grpcPort: first.httpPort, env: {} }), /--grpc-port/);
    assert.deepEqual(closed, ['app']);
    await assert.rejects(fetch(`http://127.0.0.1:${httpPort}/`));
  });
});

describe('with API keys', () => {
  const { key, line } = makeApiKey('ci');
  const apiKeyFile = join(folder, 'keys');
  writeFileSync(apiKeyFile, line);

  test('HTTP and gRPC need one, probes do not', async () => {
    const { httpPort } = await start({ apiKeyFile });
    const url = `http://127.0.0.1:${httpPort}`;
    assert.equal((await fetch(`${url}/v2/health/live`)).status, 200);
    const refused = await fetch(`${url}/v2/models`);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
    assert.equal((await fetch(`${url}/v2/models`, { headers: { authorization: `Bearer ${key}` } })).status, 200);
    assert.equal((await grpc(httpPort, LIVE)).code, '0');
    assert.equal((await grpc(httpPort, METADATA)).code, '16');
    assert.equal((await grpc(httpPort, METADATA, { authorization: `Bearer ${key}` })).code, '0');
    assert.equal((await grpc(httpPort, METADATA, { authorization: `Bearer ${key}x` })).code, '16');
  });

  test('a key file that is none ends the start', async () => {
    await assert.rejects(start({ apiKeyFile: join(folder, 'none') }), /can not be read/);
  });
});

test('beyond loopback: a warning, and models are not loaded by name', async () => {
  const notices: string[] = [];
  const { httpPort } = await start({
    host: '0.0.0.0',
    insecureNoAuth: true,
    onNotice: (notice) => notices.push(notice),
  });
  assert.equal(notices.length, 1);
  assert.match(notices[0] as string, /^warning: anybody/);
  const load = await fetch(`http://127.0.0.1:${httpPort}/v2/repository/models/m/load`, { method: 'POST' });
  assert.equal(load.status, 403);
  const message = toBinary(
    RepositoryModelLoadRequestSchema,
    create(RepositoryModelLoadRequestSchema, { modelName: 'm' }),
  );
  const refused = await grpc(httpPort, LOAD, {}, frameOf(message));
  assert.equal(refused.code, '7');
  assert.match(refused.message, /--model-control/);
  await server?.close();
  const allowed = await start({ host: '0.0.0.0', insecureNoAuth: true, modelControl: true });
  assert.equal((await grpc(allowed.httpPort, LOAD, {}, frameOf(message))).code, '0');
});

test('closing twice, and draining after closing, are harmless', async () => {
  const running = await start();
  await running.close();
  await running.close();
  assert.deepEqual(await running.drain(), { cut: 0 });
  assert.equal(await running.ended, 0);
});

async function freePort(): Promise<number> {
  const probe = await startServer({ app: { create: () => ({ services: [] }) }, httpPort: 0, grpcPort: false, env: {} });
  await probe.close();
  return probe.httpPort;
}

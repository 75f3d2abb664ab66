import assert from 'node:assert/strict';
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type FakeReplica, GatewayBench, revisionOf } from '../testing/gateway-bench.ts';

let bench: GatewayBench;
const closes: (() => void)[] = [];
beforeEach(async () => {
  bench = new GatewayBench();
  await bench.start();
});
afterEach(async () => {
  for (const close of closes.splice(0)) close();
  await bench.stop();
});

interface Called {
  readonly status: string;
  readonly message: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A gRPC replica over h2c on a Unix socket. */
async function replica(id: string, handle: (stream: ServerHttp2Stream, body: string) => void): Promise<FakeReplica> {
  const path = join(bench.folder, `${id}.sock`);
  const seen: FakeReplica['seen'] = [];
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    let body = '';
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('end', () => {
      seen.push({ method: 'POST', url: String(headers[':path']), headers, body });
      handle(stream, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  const kill = () => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  closes.push(kill);
  return { id, path, seen, kill };
}

function answer(stream: ServerHttp2Stream, text: string, status = '0'): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
  stream.end(text);
}

function call(body: string, headers: Record<string, string> = {}): Promise<Called> {
  const session = connect(`http://127.0.0.1:${bench.gateway.httpPort}`);
  closes.push(() => session.destroy());
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      ':authority': 'iris.example.com',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let text = '';
    stream.on('response', (received) => {
      head = received;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk) => {
      text += chunk;
    });
    stream.on('error', reject);
    stream.on('end', () =>
      resolve({
        status: String(trailers['grpc-status'] ?? head['grpc-status'] ?? ''),
        message: decodeURIComponent(String(trailers['grpc-message'] ?? head['grpc-message'] ?? '')),
        body: text,
        headers: head,
      }),
    );
    stream.end(body);
  });
}

describe('gRPC', () => {
  test('a call goes to the service of its authority and comes back with its trailers', async () => {
    const one = await replica('one', (stream, body) => answer(stream, `<${body}>`));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const called = await call('hello');
    assert.deepEqual([called.status, called.body, called.headers['berth-revision']], ['0', '<hello>', 'r1']);
    assert.equal(one.seen[0]?.url, '/inference.GRPCInferenceService/ModelInfer');
    assert.equal(one.seen[0]?.headers['kserve-isvc-name'], 'iris');
  });
  test('an error of the replica is its own', async () => {
    const one = await replica('one', (stream) => answer(stream, '', '3'));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await call('x')).status, '3');
  });
  test('nobody by that authority is NOT_FOUND, nobody who serves is UNAVAILABLE', async () => {
    await bench.publish({ unavailable: { reason: 'Stopped', message: 'iris is stopped' } });
    assert.equal((await call('x', { ':authority': 'other' })).status, '5');
    const stopped = await call('x');
    assert.deepEqual([stopped.status, stopped.message], ['14', 'iris is stopped']);
  });
  test('a unary call that was not answered is sent once more, to another replica', async () => {
    const dying = await replica('dying', (stream) => stream.session?.destroy());
    const good = await replica('good', (stream, body) => answer(stream, body));
    await bench.publish({ revisions: [revisionOf('r1', [dying, good])] });
    for (let turn = 0; turn < 10; turn++) assert.deepEqual([(await call('again')).body], ['again']);
    assert.ok(dying.seen.length >= 1);
  });
  test('the deadline of the client ends it', async () => {
    const one = await replica('one', () => undefined);
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await call('x', { 'grpc-timeout': '80m' })).status, '4');
    assert.equal(one.seen.length, 1);
  });
  test('a call waits for a replica that is started for it', async () => {
    const demands: string[] = [];
    bench.link.onDemand(({ revision }) => demands.push(revision));
    await bench.publish({ revisions: [revisionOf('r1', [])] });
    const waiting = call('early');
    while (demands.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await bench.publish({
      revisions: [revisionOf('r1', [await replica('late', (stream, body) => answer(stream, body))])],
    });
    assert.deepEqual([(await waiting).body, demands.length], ['early', 1]);
  });
  test('a service at its limit is RESOURCE_EXHAUSTED', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [])], maxConcurrency: 0 });
    assert.equal((await call('x')).status, '8');
  });
});

test('REST over HTTP/2 reaches replicas that speak HTTP/1.1', async () => {
  const one = await bench.replica('one', (_request, response, body) => response.end(`<${body}>`));
  await bench.publish({ revisions: [revisionOf('r1', [one])] });
  const called = await call('{"a":1}', { 'content-type': 'application/json', ':path': '/v2/models/x/infer' });
  assert.deepEqual(
    [called.headers[':status'], called.body, called.headers['berth-revision']],
    [200, '<{"a":1}>', 'r1'],
  );
  assert.equal(one.seen[0]?.url, '/v2/models/x/infer');
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { constants } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { makeApiKey } from '@berth/exposure';
import { revisionOf } from '../testing/gateway-bench.ts';
import { answer, GrpcBench } from '../testing/grpc-bench.ts';
import { RawClient } from '../testing/raw-client.ts';

let bench: GrpcBench;
beforeEach(() => {
  bench = new GrpcBench();
});
afterEach(() => bench.stop());

const REST = { 'content-type': 'application/json', ':path': '/v2/models/x/infer' };

describe('what a call tells of itself', () => {
  test('its id, in and out, and where it came from, as requests of HTTP/1.1 do', async () => {
    await bench.start();
    const one = await bench.grpcReplica('one', (stream, body) => answer(stream, body));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const kept = await bench.call('x', {
      'x-request-id': 'abc',
      'x-forwarded-for': '10.1.1.1',
      'x-forwarded-proto': 'https',
    });
    assert.equal(kept.headers['x-request-id'], 'abc');
    const told = (headers: IncomingMessage['headers'] | undefined) =>
      ['id', 'for', 'proto', 'host'].map((name) => headers?.[name === 'id' ? 'x-request-id' : `x-forwarded-${name}`]);
    assert.deepEqual(told(one.seen[0]?.headers), ['abc', '10.1.1.1, 127.0.0.1', 'http', 'iris.example.com']);
    const made = await bench.call('x', { 'x-request-id': 'a b' });
    assert.match(String(made.headers['x-request-id']), /^[\x21-\x7e]+$/);
    assert.deepEqual(told(one.seen[1]?.headers), [
      made.headers['x-request-id'],
      '127.0.0.1',
      'http',
      'iris.example.com',
    ]);
  });
  test('its id is in what the gateway answers itself', async () => {
    await bench.start();
    const refused = await bench.call('x', { 'x-request-id': 'abc' });
    assert.deepEqual([refused.status, refused.headers['x-request-id']], ['5', 'abc']);
  });
});

describe('the authority of an HTTP/2 request', () => {
  test('and a Host that differs are refused; the same one passes', async () => {
    await bench.start();
    const grpc = await bench.grpcReplica('grpc', (stream, body) => answer(stream, body));
    const rest = await bench.replica('rest');
    await bench.publish({ revisions: [revisionOf('r1', [rest])] });
    for (const host of ['other.example.com', 'iris.example.com:81']) {
      const refused = await bench.call('x', { ...REST, host });
      assert.equal(refused.headers[':status'], 400, host);
    }
    const same = await bench.call('x', { ...REST, host: 'IRIS.example.com' });
    assert.deepEqual([same.headers[':status'], same.body], [200, 'rest']);
    assert.equal(rest.seen.length, 1);
    await bench.publish({ revisions: [revisionOf('r1', [grpc])] });
    const refused = await bench.call('x', { host: 'other.example.com' });
    assert.deepEqual([refused.status, grpc.seen.length], ['3', 0]);
    assert.equal((await bench.call('x', { host: 'iris.example.com' })).status, '0');
  });
  test('that is missing leaves the Host', async () => {
    await bench.start();
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('rest')])] });
    const session = bench.session();
    const stream = session.request({
      ':path': '/',
      ':method': 'GET',
      [constants.HTTP2_HEADER_HOST]: 'iris.example.com',
    });
    const status = await new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])));
    assert.equal(status, 200);
  });
  test('a gRPC call has no way to what a replica tells of itself', async () => {
    await bench.start();
    const grpc = await bench.grpcReplica('grpc', (stream, body) => answer(stream, body));
    await bench.publish({ revisions: [revisionOf('r1', [grpc])] });
    assert.equal((await bench.call('x', { ':path': '/_berth/replica' })).status, '5');
    assert.equal(grpc.seen.length, 0);
  });
});

describe('the key of the gateway', () => {
  let key: string;
  beforeEach(async () => {
    const made = makeApiKey('test');
    key = made.key;
    const apiKeyFile = join(bench.folder, 'keys');
    writeFileSync(apiKeyFile, `${made.line}\n`);
    await bench.start({ apiKeyFile });
  });
  test('ends at the gateway, over HTTP/1.1, HTTP/2, gRPC and WebSockets, also on paths that need none', async () => {
    const grpc = await bench.grpcReplica('grpc', (stream, body) => answer(stream, body));
    const rest = await bench.replica('rest');
    await bench.publish({
      revisions: [{ ...revisionOf('r1', [rest]), endpoints: [{ id: 'one', http: rest, grpc }] }],
    });
    const authorization = `Bearer ${key}`;
    assert.equal((await bench.ask('/v2/models/x', { headers: { authorization } })).status, 200);
    assert.equal((await bench.ask('/v2/health/live', { headers: { authorization } })).status, 200);
    assert.equal((await bench.call('x', { ...REST, authorization })).headers[':status'], 200);
    assert.equal((await bench.call('x', { authorization })).status, '0');
    const socket = new RawClient(bench.gateway.httpPort);
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: iris.example.com\r\nAuthorization: ${authorization}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await socket.until(/^HTTP\/1\.1 200 /);
    socket.socket.destroy();
    const seen = [...rest.seen, ...grpc.seen];
    assert.equal(seen.length, 5);
    for (const { headers, url } of seen) assert.equal(headers.authorization, undefined, url);
  });
  test('one that is wrong or missing is refused, and what a replica asks for itself passes where none is needed', async () => {
    const rest = await bench.replica('rest');
    await bench.publish({ revisions: [revisionOf('r1', [rest])] });
    assert.equal((await bench.ask('/v2/models/x')).status, 401);
    assert.equal((await bench.ask('/v2/models/x', { headers: { authorization: 'Bearer other' } })).status, 401);
    assert.equal((await bench.call('x', { authorization: 'Bearer other' })).status, '16');
    assert.equal(rest.seen.length, 0);
    assert.equal((await bench.ask('/v2/health/live', { headers: { authorization: 'Basic eA==' } })).status, 200);
    assert.equal(rest.seen[0]?.headers.authorization, 'Basic eA==');
  });
});

test('without keys the Authorization is the replica’s matter', async () => {
  await bench.start();
  const rest = await bench.replica('rest');
  await bench.publish({ revisions: [revisionOf('r1', [rest])] });
  await bench.ask('/', { headers: { authorization: 'Bearer own' } });
  assert.equal(rest.seen[0]?.headers.authorization, 'Bearer own');
});

test('a service with origins of its own answers for them alone, whatever its replica says', async () => {
  await bench.start();
  const rest = await bench.replica('rest', (_request, response) => {
    response.writeHead(200, {
      'Access-Control-Allow-Origin': '*',
      'access-control-allow-credentials': 'true',
      'ACCESS-CONTROL-EXPOSE-HEADERS': 'x-secret',
      'x-own': 'kept',
    });
    response.end();
  });
  await bench.publish({ revisions: [revisionOf('r1', [rest])], corsOrigins: ['http://localhost:3000'] });
  const access = (headers: IncomingMessage['headers']) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
  const allowed = await bench.ask('/', { headers: { origin: 'http://localhost:3000' } });
  assert.equal(allowed.headers['x-own'], 'kept');
  assert.deepEqual(access(allowed.headers), {
    'access-control-allow-origin': 'http://localhost:3000',
    'access-control-expose-headers': 'Berth-Revision, X-Request-Id, Retry-After, Inference-Header-Content-Length',
  });
  const other = await bench.ask('/', { headers: { origin: 'http://evil.example' } });
  assert.deepEqual(access(other.headers), {});
  const overHttp2 = await bench.call('x', { ...REST, origin: 'http://localhost:3000' });
  assert.equal(overHttp2.headers['access-control-allow-origin'], 'http://localhost:3000');
  await bench.publish({ revisions: [revisionOf('r1', [rest])] });
  const own = await bench.ask('/', { headers: { origin: 'http://evil.example' } });
  assert.equal(own.headers['access-control-allow-origin'], '*', 'without the annotation it is the replica’s matter');
});

test('a head that never ends is cut off', async () => {
  await bench.start({ headersTimeoutMs: 300 });
  const client = new RawClient(bench.gateway.httpPort);
  client.write('GET / HTTP/1.1\r\nHost: iris');
  await client.closed;
  assert.match(client.text, /^HTTP\/1\.1 408 /);
});

test('a CONNECT is told that this is no such proxy', async () => {
  await bench.start();
  const client = new RawClient(bench.gateway.httpPort);
  client.write('CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example\r\n\r\n');
  await client.closed;
  assert.match(client.text, /^HTTP\/1\.1 405 /);
});

test('a connection that floods it with PING is closed, and others are served', async () => {
  await bench.start();
  const client = new RawClient(bench.gateway.httpPort);
  client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  const ping = `\0\0\x08\x06\0\0\0\0\0${'\0'.repeat(8)}`.repeat(1_000);
  for (let count = 0; count < 100; count++) client.write(ping);
  await client.closed;
  assert.equal((await bench.ask('/')).status, 404);
});

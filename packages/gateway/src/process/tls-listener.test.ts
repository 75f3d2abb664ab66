import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { StartError } from '@berth/exposure';
import { revisionOf } from '../testing/gateway-bench.ts';
import { answer, ending, GrpcBench } from '../testing/grpc-bench.ts';
import { selfSigned } from '../testing/tls-identity.ts';
import { startGateway } from './start-gateway.ts';

let identity: { readonly cert: string; readonly key: string };
before(async () => {
  identity = await selfSigned();
});

describe('TLS', () => {
  let bench: GrpcBench;
  let url: URL;
  const closes: (() => void)[] = [];
  beforeEach(async () => {
    bench = new GrpcBench();
    await bench.start({ tls: { port: 0, ...identity } });
    url = new URL(bench.gateway.urls.find((one) => one.startsWith('https:')) as string);
  });
  afterEach(async () => {
    for (const close of closes.splice(0)) close();
    await bench.stop();
  });

  const session = () => {
    const made = connectHttp2(url, { ca: identity.cert });
    made.on('error', () => undefined);
    closes.push(() => made.destroy());
    return made;
  };
  const shake = (ALPNProtocols: string[] | undefined): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: Number(url.port),
        ca: identity.cert,
        ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
      });
      closes.push(() => socket.destroy());
      socket.on('secureConnect', () => resolve(socket));
      socket.on('error', reject);
    });

  test('HTTP/1.1 reaches the replica, which is told that the client came over https', async () => {
    const one = await bench.replica('one', (_request, response, body) => response.end(`<${body}>`));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request(
        url,
        { ca: identity.cert, servername: 'localhost', method: 'POST', headers: { host: 'iris.example.com' } },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        },
      );
      sent.on('error', reject);
      sent.end('hello');
    });
    assert.equal(body, '<hello>');
    assert.equal(one.seen[0]?.headers['x-forwarded-proto'], 'https');
    assert.equal(one.seen[0]?.headers['x-forwarded-for'], '127.0.0.1');
  });
  test('ALPN gives h2 to who wants it, HTTP/1.1 to the others', async () => {
    assert.equal((await shake(['h2', 'http/1.1'])).alpnProtocol, 'h2');
    assert.equal((await shake(['http/1.1'])).alpnProtocol, 'http/1.1');
    assert.equal((await shake(undefined)).alpnProtocol, false);
    await assert.rejects(shake(['spdy/3']));
  });
  test('HTTP/2 reaches the replica', async () => {
    const one = await bench.replica('one', (_request, response, body) => response.end(`<${body}>`));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const called = await bench.call(
      'x',
      { 'content-type': 'application/json', ':path': '/v2/models/x/infer', ':scheme': 'https' },
      session(),
    );
    assert.deepEqual([called.headers[':status'], called.body], [200, '<x>']);
    assert.equal(one.seen[0]?.headers['x-forwarded-proto'], 'https');
  });
  test('gRPC reaches the replica, with its trailers, and a drain lets its streams end', async () => {
    const finish: (() => void)[] = [];
    const one = await bench.grpcReplica('one', (stream, body) => {
      if (body === 'slow') finish.push(() => answer(stream, body));
      else answer(stream, `<${body}>`);
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const shared = session();
    const called = await bench.call('hello', { ':scheme': 'https' }, shared);
    assert.deepEqual([called.status, called.body], ['0', '<hello>']);
    assert.equal(one.seen[0]?.headers['x-forwarded-proto'], 'https');
    const slow = bench.open({ ':scheme': 'https' }, shared);
    const ended = ending(slow);
    slow.end('slow');
    for (let tries = 0; finish.length === 0 && tries < 200; tries++) await new Promise((go) => setTimeout(go, 10));
    const drained = bench.gateway.drain(5_000);
    for (const end of finish) end();
    assert.equal((await ended).status, '0');
    assert.equal(await drained, 0);
  });
  test('who does not speak TLS is not answered, and the others are not disturbed', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    const text = await new Promise<string>((resolve) => {
      const socket = connectTcp(Number(url.port), '127.0.0.1');
      let seen = '';
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(seen));
      socket.write('GET / HTTP/1.1\r\nHost: iris.example.com\r\n\r\n');
    });
    assert.doesNotMatch(text, /HTTP/);
    assert.equal((await shake(['http/1.1'])).authorized, true);
  });
});

describe('a certificate that can not be used', () => {
  let bench: GrpcBench;
  before(() => {
    bench = new GrpcBench();
  });
  after(() => bench.stop());
  const start = (tls: { cert: string; key: string; port?: number }, lines: string[] = []) =>
    startGateway(
      {
        httpPort: 0,
        addresses: ['127.0.0.1'],
        linkPath: join(bench.folder, 'link.sock'),
        accessLog: false,
        tls: { port: 0, ...tls },
      },
      (line) => lines.push(line),
    );

  test('is told at the start, with what is wrong and where it was given', async () => {
    const other = await selfSigned();
    const cases: [string, { cert: string; key: string }, RegExp][] = [
      ['no PEM', { ...identity, cert: 'hello' }, /certificate is no certificate in PEM; check --tls-cert/],
      ['the key in its place', { ...identity, cert: identity.key }, /it holds a private key/],
      ['no key', { ...identity, key: 'hello' }, /key is no private key in PEM; check --tls-cert and --tls-key/],
      ['the certificate in the place of the key', { ...identity, key: identity.cert }, /it holds a certificate/],
      ['the key of another', { ...identity, key: other.key }, /not the one of the certificate for .*localhost/],
      [
        'a chain that is cut',
        { ...identity, cert: `${identity.cert}-----BEGIN CERTIFICATE-----\nAAAA` },
        /can not be used/,
      ],
    ];
    for (const [what, tls, pattern] of cases) {
      await assert.rejects(start(tls), (error: Error) => {
        assert.ok(error instanceof StartError, `${what}: ${error}`);
        assert.match(error.message, pattern, what);
        assert.doesNotMatch(error.message, /BEGIN/, 'nothing of a key is shown');
        return true;
      });
    }
  });
  test('that has run out is served with a warning', async () => {
    const lines: string[] = [];
    const gateway = await start(await selfSigned({ from: -3, to: -2 }), lines);
    await gateway.close();
    assert.match(lines.join(''), /ran out on .*--tls-cert/);
    const early = await start(await selfSigned({ from: 2, to: 3 }), lines);
    await early.close();
    assert.match(lines.join(''), /valid from .* only/);
  });
  test('a TLS port that is taken names its own flag, and nothing stays open', async () => {
    const first = await start(identity);
    const port = Number(new URL(first.urls[1] as string).port);
    await assert.rejects(start({ ...identity, port }), (error: Error) => {
      assert.ok(error instanceof StartError);
      assert.match(error.message, new RegExp(`port ${port} is in use.*--tls-port`));
      return true;
    });
    await first.close();
  });
});

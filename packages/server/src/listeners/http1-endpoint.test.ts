import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { httpServerOptions } from '../http/options.ts';
import { Http1Endpoint } from './http1-endpoint.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

interface Running {
  readonly endpoint: Http1Endpoint;
  client(): Client;
}

/** A raw connection and everything it was told. */
interface Client {
  readonly socket: Socket;
  readonly text: () => string;
  readonly closed: Promise<void>;
}

async function start(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  options: object = {},
  serverOptions: object = {},
): Promise<Running> {
  const endpoint = new Http1Endpoint({
    handler,
    serverOptions: { ...httpServerOptions, ...serverOptions },
    maxHeaders: 100,
    ...options,
  });
  const server = createServer((socket) => endpoint.accept(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    endpoint.close();
    server.close();
  });
  return {
    endpoint,
    client() {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      stops.push(() => socket.destroy());
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => undefined);
      return { socket, text: () => text, closed: new Promise((resolve) => socket.on('close', () => resolve())) };
    },
  };
}

const hello = (request: IncomingMessage, response: ServerResponse) => {
  request.resume();
  request.on('end', () => response.end('hello'));
};

describe('what is no request is answered and closed', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\n';
  const cases: [string, string, RegExp][] = [
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400/],
    [
      'content length and chunked',
      `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400/,
    ],
    ['two content lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`, /^HTTP\/1\.1 400/],
    ['a space before the colon', `${head}X : 1\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['an obsolete fold', `${head}X: 1\r\n 2\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['headers of 20 kB', `${head}X: ${'v'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
    [
      '1,501 headers',
      `${head}${Array.from({ length: 1_501 }, (_, index) => `a${index}: 1\r\n`).join('')}\r\n`,
      /^HTTP\/1\.1 431/,
    ],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', /^HTTP\/1\.1 405/],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400/],
  ];
  for (const [name, bytes, status] of cases) {
    test(name, async () => {
      const { client } = await start(hello);
      const { socket, text, closed } = client();
      socket.write(bytes);
      await closed;
      assert.match(text(), status);
    });
  }

  test('101 headers are one too many, 100 are not', async () => {
    const { client } = await start(hello);
    for (const [count, status] of [
      [100, 200],
      [101, 431],
    ] as const) {
      const { socket, text, closed } = client();
      const fields = Array.from({ length: count - 2 }, (_, index) => `a${index}: 1\r\n`).join('');
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`);
      await closed;
      assert.match(text(), new RegExp(`^HTTP/1.1 ${status}`));
    }
  });
});

describe('clients that stand still', () => {
  const fast = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

  test('slow headers', async () => {
    const { client } = await start(hello, {}, fast);
    const { socket, text, closed } = client();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    await closed;
    assert.match(text(), /^HTTP\/1\.1 408/);
  });

  test('a slow body', async () => {
    const { client } = await start(hello, {}, fast);
    const { socket, closed } = client();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx');
    await closed;
  });

  test('an answer that nobody takes', async () => {
    let now = 0;
    const large = (_request: IncomingMessage, response: ServerResponse) => response.end(Buffer.alloc(32 << 20));
    const { client, endpoint } = await start(large, { now: () => now });
    const { socket, closed } = client();
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    while (endpoint.active === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    endpoint.sweep();
    now = 59_000;
    endpoint.sweep();
    assert.equal(endpoint.active, 1);
    now = 61_000;
    endpoint.sweep();
    socket.resume();
    await closed;
    assert.equal(endpoint.active, 0);
  });
});

test('a drain answers what is under way, and what still comes, with Connection: close', async () => {
  let answer: () => void = () => undefined;
  const waiting = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/slow') answer = () => response.end('done');
    else response.end('fast');
  };
  const { client, endpoint } = await start(waiting);
  const idle = client();
  idle.socket.write('GET /fast HTTP/1.1\r\nHost: x\r\n\r\n');
  const slow = client();
  slow.socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  while (!idle.text().includes('fast') || endpoint.active === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  endpoint.drain();
  assert.equal(endpoint.connections, 2);
  idle.socket.write('GET /fast HTTP/1.1\r\nHost: x\r\n\r\n');
  await idle.closed;
  assert.match(idle.text(), /connection: keep-alive.*fast.*connection: close.*fast$/is);
  answer();
  await slow.closed;
  assert.match(slow.text(), /^HTTP\/1\.1 200.*connection: close.*done$/is);
  assert.equal(endpoint.connections, 0);
});

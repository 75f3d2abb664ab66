import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayBench, revisionOf } from '../testing/gateway-bench.ts';
import { RawClient } from '../testing/raw-client.ts';

let bench: GatewayBench;
beforeEach(() => {
  bench = new GatewayBench();
});
afterEach(() => bench.stop());

const head = (length: number) => `POST / HTTP/1.1\r\nHost: iris.example.com\r\nContent-Length: ${length}\r\n\r\n`;

describe('a body that stands still', () => {
  // Kept until it is whole, and passed on as it comes.
  for (const length of [1_000, 2_000_000]) {
    test(`is given up after a while: ${length} bytes`, async () => {
      await bench.start({ bodyStallMs: 200 });
      await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
      const client = new RawClient(bench.gateway.httpPort);
      client.write(`${head(length)}{`);
      await client.closed;
      assert.match(client.text, /^HTTP\/1\.1 408 .*did not come in time/s);
    });
  }

  test('is not one that goes on slowly', async () => {
    await bench.start({ bodyStallMs: 300 });
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    const client = new RawClient(bench.gateway.httpPort);
    client.write(head(20));
    for (let count = 0; count < 20; count++) {
      client.write('x');
      await sleep(40);
    }
    await client.until(/^HTTP\/1\.1 200 /);
    client.socket.destroy();
  });
});

test('bodies beyond what is kept at once are passed on as they come', async (t) => {
  await bench.start({ maxKeptBytes: 1_000 });
  let heads = 0;
  const server = createServer((request, response) => {
    heads++;
    request.resume().on('end', () => response.end('done'));
  });
  const path = join(bench.folder, 'heads.sock');
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await bench.publish({ revisions: [revisionOf('r1', [{ id: 'one', path, seen: [], kill: () => undefined }])] });
  const clients = [0, 1, 2].map(() => new RawClient(bench.gateway.httpPort));
  const [first, second, third] = clients as [RawClient, RawClient, RawClient];
  first.write(head(900) + 'x'.repeat(800));
  await sleep(100);
  assert.equal(heads, 0);
  second.write(head(900) + 'y'.repeat(800));
  await waitFor(() => heads === 1);
  for (const [client, letter] of [
    [first, 'x'],
    [second, 'y'],
  ] as const) {
    client.write(letter.repeat(100));
    await client.until(/^HTTP\/1\.1 200 /);
  }
  assert.equal(heads, 2);
  // What was kept is given back.
  third.write(head(900) + 'z'.repeat(899));
  await sleep(200);
  assert.equal(heads, 2);
  third.write('z');
  await third.until(/^HTTP\/1\.1 200 /);
  for (const { socket } of clients) socket.destroy();
});

describe('a client that does not read', () => {
  for (const [name, split] of [
    ['at the end of its answer', false],
    ['in the middle of it', true],
  ] as const) {
    test(`is cut off, ${name}`, { timeout: 20_000 }, async () => {
      await bench.start({ readerStallMs: 300 });
      const answer = Buffer.alloc(64 * 2 ** 20, 'x');
      const replica = await bench.replica('one', (_request, response) => {
        response.writeHead(200, { 'content-length': split ? 2 * answer.length : answer.length });
        response.end(answer);
      });
      await bench.publish({ revisions: [revisionOf('r1', [replica])] });
      const client = new RawClient(bench.gateway.httpPort);
      client.socket.pause();
      client.write('GET / HTTP/1.1\r\nHost: iris.example.com\r\n\r\n');
      await waitFor(() => replica.seen.length === 1);
      await sleep(1_500);
      // Only who reads learns that it was cut off.
      client.socket.resume();
      await client.closed;
      assert.ok(client.text.length < answer.length, String(client.text.length));
    });
  }

  test('is not one that reads slowly', { timeout: 20_000 }, async () => {
    await bench.start({ readerStallMs: 900 });
    const answer = Buffer.alloc(8 * 2 ** 20, 'x');
    const replica = await bench.replica('one', (_request, response) => response.end(answer));
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    const client = new RawClient(bench.gateway.httpPort);
    client.write('GET / HTTP/1.1\r\nHost: iris.example.com\r\nConnection: close\r\n\r\n');
    const pauses = setInterval(() => (client.socket.isPaused() ? client.socket.resume() : client.socket.pause()), 20);
    await client.closed;
    clearInterval(pauses);
    assert.ok(client.text.length > answer.length, String(client.text.length));
  });
});

test('a body that is refused before it has come is taken to its end, so that its client reads why', async () => {
  await bench.start();
  await bench.publish({ revisions: [revisionOf('r1', [])], hold: { maxRequests: 0, maxBytes: 0 } });
  const bytes = 8 * 2 ** 20;
  for (let turn = 0; turn < 20; turn++) {
    const { status, headers } = await bench.ask('/', { body: 'x'.repeat(bytes) });
    assert.deepEqual([status, headers.connection, headers['retry-after']], [503, 'close', '1']);
  }
  // Whoever sends no more is not waited for.
  const client = new RawClient(bench.gateway.httpPort);
  client.write(`${head(bytes)}some`);
  await client.until(/^HTTP\/1\.1 503 /);
  client.socket.end();
  await client.closed;
});

describe('requests that are sent without waiting for answers', () => {
  test('are handled one after the other, in their order', async () => {
    await bench.start();
    let running = 0;
    let most = 0;
    const replica = await bench.replica('one', async (_request, response, body) => {
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      response.end(`<${body}>`);
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    const client = new RawClient(bench.gateway.httpPort);
    const bodies = Array.from({ length: 100 }, (_, index) => String(1_000 + index));
    client.write(bodies.map((body) => head(4) + body).join(''));
    await client.until(/<1099>/);
    assert.deepEqual(
      [...client.text.matchAll(/<(\d+)>/g)].map(([, body]) => body),
      bodies,
    );
    assert.equal(most, 1);
    // The connection goes on as any other.
    client.write(`${head(4)}last`);
    await client.until(/<last>/);
    client.socket.destroy();
  });

  test('are not read beyond a few, and are gone with their client', async () => {
    await bench.start();
    const answers: (() => void)[] = [];
    const replica = await bench.replica('one', (_request, response) => answers.push(() => response.end('done')));
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    const client = new RawClient(bench.gateway.httpPort);
    // As much as no buffer of a connection holds.
    const many = `GET / HTTP/1.1\r\nHost: iris.example.com\r\nX-Fill: ${'y'.repeat(8_000)}\r\n\r\n`.repeat(4_000);
    client.write(many);
    await waitFor(() => answers.length === 1);
    await sleep(300);
    assert.ok(client.socket.writableLength > 0, 'all of it was read');
    assert.equal(answers.length, 1);
    client.socket.destroy();
    await sleep(100);
    // Where nothing is read, that the client is gone is noticed by the next answer.
    for (let turn = 0; turn < 5; turn++) {
      answers[turn]?.();
      await sleep(50);
    }
    assert.ok(replica.seen.length <= 2, String(replica.seen.length));
    assert.match((await bench.ask('/berth/metrics')).body, /^revision_requests_in_flight\{.*\} 0$/m);
  });
});

test('a client that is told of its slow head and goes on all the same is cut off', { timeout: 10_000 }, async () => {
  await bench.start({ headersTimeoutMs: 300 });
  const socket = connect({ port: bench.gateway.httpPort, host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.resume();
  socket.write('GET / HTTP/1.1\r\nHost: iris');
  const drip = setInterval(() => socket.write('x'), 50);
  try {
    await closed;
  } finally {
    clearInterval(drip);
    socket.destroy();
  }
});

async function waitFor(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await sleep(10);
  assert.ok(holds());
}

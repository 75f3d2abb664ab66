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

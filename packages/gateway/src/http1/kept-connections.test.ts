import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayBench, revisionOf } from '../testing/gateway-bench.ts';

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

/** A replica of raw answers; `handle` gets how many requests the connection had before. */
async function rawReplica(id: string, handle: (socket: Socket, before: number, text: string) => void) {
  const path = join(bench.folder, `${id}.sock`);
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    let before = 0;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (!/^[A-Z]+ \//.test(text)) return;
      requests++;
      handle(socket, before++, text);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  const kill = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closes.push(kill);
  return { id, path, seen: [], kill, requests: () => requests, connections: () => sockets.size };
}

const ok = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

describe('a kept connection that its replica closed', () => {
  for (const how of ['end', 'destroy'] as const) {
    test(`(${how}) is replaced at once, and the sole replica is not passed over`, async () => {
      const unreachable: string[] = [];
      bench.link.onUnreachable(({ endpoint }) => unreachable.push(endpoint));
      const one = await rawReplica('one', (socket, before) => {
        if (before === 0) ok(socket);
        else socket[how]();
      });
      // Nobody would be waited for: a replica that is passed over is 503 at once.
      await bench.publish({ revisions: [revisionOf('r1', [one], { activates: false })], timeoutMs: 400 });
      for (let turn = 0; turn < 6; turn++) {
        const answer = await bench.ask('/', turn % 2 === 0 ? {} : { body: 'x' });
        assert.deepEqual([answer.status, answer.body], [200, 'ok'], `turn ${turn}`);
      }
      await sleep(50);
      assert.deepEqual(unreachable, []);
    });
  }
  test('is not used for what can not be sent again', async () => {
    const one = await rawReplica('one', (socket, before) => {
      if (before === 0) ok(socket);
      else socket.destroy();
    });
    await bench.publish({ revisions: [revisionOf('r1', [one], { activates: false })] });
    assert.equal((await bench.ask('/')).status, 200);
    assert.equal((await bench.ask('/', { body: 'x'.repeat(2_000) })).status, 200);
    await bench.publish({
      revisions: [revisionOf('r1', [one], { activates: false })],
      retry: { enabled: false, maxBodyBytes: 1024 },
    });
    for (let turn = 0; turn < 3; turn++) assert.equal((await bench.ask('/', { body: 'x' })).status, 200);
    assert.equal(one.requests(), 5);
  });
  test('of a replica that is gone leads to another one, which gets it once', async () => {
    const gone = await rawReplica('gone', ok);
    await bench.publish({ revisions: [revisionOf('r1', [gone])] });
    assert.equal((await bench.ask('/')).status, 200);
    const other = await rawReplica('other', ok);
    await bench.publish({ revisions: [revisionOf('r1', [gone, other])] });
    gone.kill();
    for (let turn = 0; turn < 4; turn++) assert.equal((await bench.ask('/', { body: 'x' })).status, 200);
    assert.equal(other.requests(), 4);
  });
  test('a request that ends every connection reaches two replicas, and no more', async () => {
    const handle = (socket: Socket, _before: number, text: string) => {
      if (text.startsWith('POST /poison')) socket.destroy();
      else ok(socket);
    };
    const replicas = await Promise.all(
      ['one', 'two', 'three'].map(async (id) => {
        let poisons = 0;
        const made = await rawReplica(id, (socket, before, text) => {
          if (text.startsWith('POST /poison')) poisons++;
          handle(socket, before, text);
        });
        return { ...made, poisons: () => poisons };
      }),
    );
    await bench.publish({ revisions: [revisionOf('r1', replicas)] });
    for (let turn = 0; turn < 30; turn++) await bench.ask('/');
    assert.equal((await bench.ask('/poison', { body: 'x' })).status, 503);
    const counts = replicas.map((one) => one.poisons());
    assert.equal(counts.filter((count) => count > 0).length, 2, String(counts));
    assert.ok(counts.reduce((sum, one) => sum + one, 0) <= 3, String(counts));
  });
});

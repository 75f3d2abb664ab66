import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeReplica, GatewayBench, revisionOf } from '../testing/gateway-bench.ts';
import { RawClient } from '../testing/raw-client.ts';

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

const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: iris.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** A replica that agrees to change protocols and then says everything again. */
async function echo(id: string, onRequest?: (socket: Socket) => boolean): Promise<FakeReplica> {
  const path = join(bench.folder, `${id}.sock`);
  const seen: FakeReplica['seen'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      seen.push({ method: 'GET', url: '/ws', headers: {}, body: head.toString('latin1') });
      if (onRequest?.(socket) === true) return;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('data', (chunk) => socket.write(`echo ${chunk}`));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  const kill = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closes.push(kill);
  return { id, path, seen, kill };
}

function client(): RawClient {
  const made = new RawClient(bench.gateway.httpPort);
  closes.push(() => made.socket.destroy());
  return made;
}

describe('a connection that changes protocols', () => {
  test('wakes a service at zero, once, and is let through when its replica is there', async () => {
    const demands: string[] = [];
    bench.link.onDemand(({ revision }) => demands.push(revision));
    await bench.publish({ revisions: [revisionOf('r1', [])] });
    const clients = [client(), client()];
    for (const one of clients) one.write(UPGRADE);
    for (let tries = 0; demands.length === 0 && tries < 300; tries++) await sleep(10);
    const late = await echo('late');
    await bench.publish({ revisions: [revisionOf('r1', [late])] });
    for (const one of clients) {
      await one.until(/^HTTP\/1\.1 101 /);
      one.write('hello');
      await one.until(/echo hello$/);
    }
    assert.deepEqual(demands, ['r1']);
  });
  test('waits by the rules of the queue: its places, its time, and a place is free when its client goes', async () => {
    await bench.publish({
      revisions: [revisionOf('r1', [])],
      hold: { maxRequests: 1, maxBytes: 1024 },
      timeoutMs: 400,
    });
    const first = client();
    first.write(UPGRADE);
    await sleep(50);
    const refused = client();
    refused.write(UPGRADE);
    await refused.closed;
    assert.match(refused.text, /^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n/i);
    await first.closed;
    assert.match(first.text, /^HTTP\/1\.1 504 /);
    const gone = client();
    gone.write(UPGRADE);
    await sleep(50);
    gone.socket.destroy();
    await sleep(50);
    const next = client();
    next.write(UPGRADE);
    await sleep(50);
    await bench.publish({ revisions: [revisionOf('r1', [await echo('one')])] });
    await next.until(/^HTTP\/1\.1 101 /);
  });
  test('counts toward the limit of its service as long as it lasts', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [await echo('one')])], maxConcurrency: 1 });
    const first = client();
    first.write(UPGRADE);
    await first.until(/^HTTP\/1\.1 101 /);
    const second = client();
    second.write(UPGRADE);
    await second.closed;
    assert.match(second.text, /^HTTP\/1\.1 429 /);
    first.socket.destroy();
    await sleep(50);
    const third = client();
    third.write(UPGRADE);
    await third.until(/^HTTP\/1\.1 101 /);
  });
  test('goes to another replica where one did not answer, and is told where none does', async () => {
    const drop = (socket: Socket) => socket.destroy() !== undefined;
    const dying = [await echo('a', drop), await echo('b', drop), await echo('c', drop)];
    await bench.publish({ revisions: [revisionOf('r1', dying)] });
    const lost = client();
    lost.write(UPGRADE);
    await lost.closed;
    assert.match(lost.text, /^HTTP\/1\.1 503 /);
    assert.equal(
      dying.reduce((sum, one) => sum + one.seen.length, 0),
      2,
    );
    const gone = await echo('gone');
    gone.kill();
    await bench.publish({ revisions: [revisionOf('r1', [gone, await echo('good')])] });
    for (let turn = 0; turn < 4; turn++) {
      const one = client();
      one.write(UPGRADE);
      await one.until(/^HTTP\/1\.1 101 /);
    }
  });
  test('a replica that refuses is passed on, and what came early waits until one agrees', async () => {
    const no = await echo(
      'no',
      (socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno') !== null,
    );
    await bench.publish({ revisions: [revisionOf('r1', [no])] });
    const refused = client();
    refused.write(UPGRADE);
    await refused.closed;
    assert.match(refused.text, /^HTTP\/1\.1 403 Forbidden[\s\S]*no$/);
    await bench.publish({ revisions: [revisionOf('r1', [await echo('yes')])] });
    const early = client();
    early.write(`${UPGRADE}early`);
    await early.until(/^HTTP\/1\.1 101 [\s\S]*echo early$/);
  });
});

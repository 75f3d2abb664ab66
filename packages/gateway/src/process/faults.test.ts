/**
 * What a flood, deadlines and clients that break off do to the gateway. Shares of time and of requests are held, by the
 * gateway's own clock, so that a busy machine does not matter.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { revisionOf } from '../testing/gateway-bench.ts';
import { GrpcBench } from '../testing/grpc-bench.ts';

interface Line {
  readonly status: number;
  readonly milliseconds: number;
  readonly waitedMs?: number;
  readonly reason?: string;
}

let bench: GrpcBench;
let lines: Line[];
beforeEach(async () => {
  bench = new GrpcBench();
  lines = [];
  await bench.start({ accessLog: true }, (line) => lines.push(JSON.parse(line)));
});
afterEach(() => bench.stop());

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const metrics = async () => (await bench.ask('/berth/metrics')).body;
const failures = async (reason: string) =>
  Number(
    new RegExp(`^berth_gateway_failed_total\\{.*reason="${reason}"\\} (\\d+)`, 'm').exec(await metrics())?.[1] ?? 0,
  );

test('ten times what the replicas can do: they are kept busy, who is let in waits by the queue’s length, the rest is refused at once', async () => {
  const slots = 4;
  const queue = 50;
  let running = 0;
  let most = 0;
  let busyArea = 0;
  let changed = performance.now();
  const count = (step: number) => {
    const now = performance.now();
    busyArea += running * (now - changed);
    changed = now;
    running += step;
    most = Math.max(most, running);
  };
  const served: number[] = [];
  const one = await bench.replica('one', async (_request, response) => {
    count(1);
    const since = performance.now();
    await sleep(100);
    count(-1);
    served.push(performance.now() - since);
    response.end('done');
  });
  await bench.publish({
    revisions: [revisionOf('r1', [one], { containerConcurrency: slots })],
    hold: { maxRequests: queue, maxBytes: 1024 * 1024 },
    timeoutMs: 30_000,
  });
  const stop = performance.now() + 3_000;
  const statuses = new Map<number, number>();
  let isRetryTold = true;
  const client = async () => {
    while (performance.now() < stop) {
      const answer = await bench.ask('/', { body: 'x' });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status === 503) {
        isRetryTold &&= answer.headers['retry-after'] === '1';
        await sleep(50);
      }
    }
  };
  // Beside those who wait, as many clients as to ask for ten times what is there to be had.
  const clients = Array.from({ length: queue + 40 }, client);
  await sleep(500);
  count(0);
  const [from, areaFrom] = [performance.now(), busyArea];
  await sleep(2_000);
  count(0);
  const share = (busyArea - areaFrom) / (slots * (performance.now() - from));
  await Promise.all(clients);
  const accepted = lines.filter(({ status }) => status === 200);
  const refused = lines.filter(({ status }) => status === 503);
  assert.deepEqual([...statuses.keys()].sort(), [200, 503]);
  assert.ok(refused.length > 5 * accepted.length, `${refused.length} refused, ${accepted.length} accepted`);
  assert.ok(isRetryTold, 'Retry-After in each refusal');
  assert.equal(most, slots);
  // The replicas are idle only while an answer is on its way to the next request: nine tenths is the figure, in one
  // process with all its clients, where the way is long, less is fair.
  assert.ok(share >= 0.75, `busy for ${share.toFixed(2)} of the time`);
  assert.ok(
    percentile(
      refused.map(({ milliseconds }) => milliseconds),
      0.99,
    ) < 10,
    'refused within ten milliseconds',
  );
  const perRequest = percentile(served, 0.5) / slots / share;
  const waited = percentile(
    accepted.map(({ waitedMs = 0 }) => waitedMs),
    0.99,
  );
  assert.ok(waited <= 1.5 * (queue + slots) * perRequest, `waited ${waited} ms, ${perRequest} ms a request`);
  // It is over: nobody waits, and the next is answered at once.
  assert.equal((await bench.ask('/', { body: 'x' })).status, 200);
  assert.equal(lines.at(-1)?.waitedMs, undefined);
});

describe('a deadline that is shorter than the model', () => {
  test('work whose client is gone is not begun, what runs is broken off, and both are counted', async () => {
    let begun = 0;
    let ended = 0;
    let brokenOff = 0;
    const one = await bench.replica('one', (request, response) => {
      begun++;
      const timer = setTimeout(() => {
        ended++;
        response.end('late');
      }, 1_000);
      request.socket.on('close', () => {
        clearTimeout(timer);
        if (!response.writableEnded) brokenOff++;
      });
    });
    await bench.publish({
      revisions: [revisionOf('r1', [one], { containerConcurrency: 1 })],
      hold: { maxRequests: 200, maxBytes: 1024 * 1024 },
    });
    const requests = 100;
    await Promise.all(
      Array.from({ length: requests }, async () => {
        const socket = connect(bench.gateway.httpPort, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.write('POST / HTTP/1.1\r\nHost: iris.example.com\r\nContent-Length: 1\r\n\r\nx');
        await sleep(100);
        socket.destroy();
      }),
    );
    await sleep(300);
    assert.ok(begun <= 0.05 * requests, `${begun} were begun`);
    assert.deepEqual([ended, brokenOff], [0, begun]);
    assert.equal(await failures('client_gone'), requests);
    assert.match(await metrics(), /^revision_requests_in_flight\{.*\} 0$/m);
  });
  test('calls by their grpc-timeout, too', async () => {
    let begun = 0;
    let cancelled = 0;
    let ended = 0;
    const one = await bench.grpcReplica('one', (stream) => {
      begun++;
      const timer = setTimeout(() => ended++, 1_000);
      stream.on('close', () => {
        cancelled++;
        clearTimeout(timer);
      });
    });
    await bench.publish({
      revisions: [revisionOf('r1', [one], { containerConcurrency: 1 })],
      hold: { maxRequests: 200, maxBytes: 1024 * 1024 },
    });
    const requests = 100;
    const session = bench.session();
    const called = await Promise.all(
      Array.from({ length: requests }, () => bench.call('x', { 'grpc-timeout': '100m' }, session)),
    );
    assert.ok(called.every(({ status }) => status === '4'));
    await sleep(100);
    assert.equal(cancelled, begun, 'what was begun in the last moment is broken off');
    assert.equal(ended, 0);
    assert.equal(await failures('timeout'), requests);
  });
});

test('a call whose time was up while the gateway was kept from looking is not begun', async () => {
  let begun = 0;
  const one = await bench.grpcReplica('one', () => begun++);
  await bench.publish({
    revisions: [revisionOf('r1', [one], { containerConcurrency: 1 })],
    hold: { maxRequests: 200, maxBytes: 1024 * 1024 },
  });
  const session = bench.session();
  const calls = Array.from({ length: 50 }, () => bench.call('x', { 'grpc-timeout': '300m' }, session));
  for (let tries = 0; begun === 0 && tries < 100; tries++) await sleep(2);
  await sleep(50);
  const until = performance.now() + 400;
  while (performance.now() < until);
  assert.ok((await Promise.all(calls)).every(({ status }) => status === '4'));
  assert.equal(begun, 1);
});

test('ten thousand clients that break off leave nothing behind', { skip: !existsSync('/proc/self/fd') }, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const one = await bench.replica('one', (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 });
    response.write('x'.repeat(1_000));
  });
  await bench.publish({ revisions: [revisionOf('r1', [one])], retry: { enabled: true, maxBodyBytes: 100_000 } });
  /** In the middle of the upload, or of the answer. */
  const breakOff = (inUpload: boolean) =>
    new Promise<void>((resolve) => {
      const socket = connect(bench.gateway.httpPort, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      if (inUpload) {
        socket.write('POST / HTTP/1.1\r\nHost: iris.example.com\r\nContent-Length: 50000\r\n\r\nhalf', () =>
          setImmediate(() => socket.resetAndDestroy()),
        );
      } else {
        socket.write('GET / HTTP/1.1\r\nHost: iris.example.com\r\n\r\n');
        socket.once('data', () => socket.resetAndDestroy());
      }
    });
  const many = async (count: number) => {
    for (let done = 0; done < count; done += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => breakOff(index % 2 === 0)));
    }
  };
  const state = async () => {
    one.seen.length = 0;
    lines.length = 0;
    await sleep(300);
    collect();
    await sleep(50);
    collect();
    return { fds: readdirSync('/proc/self/fd').length, heap: process.memoryUsage().heapUsed };
  };
  await many(1_000);
  const before = await state();
  await many(10_000);
  const { fds, heap } = await state();
  assert.ok(fds <= before.fds * 1.05, `${before.fds} descriptors before, ${fds} after`);
  assert.ok(heap <= before.heap * 1.05, `${before.heap} bytes before, ${heap} after`);
  const text = await metrics();
  assert.match(text, /^revision_requests_in_flight\{.*\} 0$/m);
  assert.match(text, /^revision_queue_depth\{.*\} 0$/m);
});

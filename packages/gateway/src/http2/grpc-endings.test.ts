import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { revisionOf } from '../testing/gateway-bench.ts';
import { answer, begin, ending, GrpcBench } from '../testing/grpc-bench.ts';

let bench: GrpcBench;
beforeEach(async () => {
  bench = new GrpcBench();
  await bench.start();
});
afterEach(() => bench.stop());

const die = (stream: ServerHttp2Stream) => stream.session?.destroy();
/** As a killed process: no frame, the connection is gone. */
const vanish = (stream: ServerHttp2Stream) => stream.session?.socket.destroy();

describe('a replica that is lost in the middle of its answer', () => {
  const ways: [string, (stream: ServerHttp2Stream) => void][] = [
    ['goes away', die],
    ['vanishes', vanish],
    ['resets the call as cancelled', (stream) => stream.close(constants.NGHTTP2_CANCEL)],
  ];
  for (const [how, end] of ways) {
    for (const text of ['', 'half']) {
      test(`${how} after ${text === '' ? 'headers' : 'messages'}: UNAVAILABLE in the trailers`, async () => {
        const one = await bench.grpcReplica('one', (stream) => {
          begin(stream);
          if (text !== '') stream.write(text);
          setTimeout(() => end(stream), 50);
        });
        await bench.publish({ revisions: [revisionOf('r1', [one])] });
        const called = await bench.call('x');
        assert.deepEqual([called.status, called.body, called.rstCode], ['14', text, 0]);
        assert.match(called.message, /the replica was lost/);
        assert.equal(one.seen.length, 1, 'what a client has a part of is not asked for again');
      });
    }
  }
  test('also in a stream whose client still sends', async () => {
    const one = await bench.grpcReplica(
      'one',
      () => undefined,
      (stream) => {
        begin(stream);
        stream.write('one');
        setTimeout(() => vanish(stream), 50);
      },
    );
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const stream = bench.open();
    stream.write('x');
    const called = await ending(stream);
    assert.deepEqual([called.status, called.body], ['14', 'one']);
  });
  test('a client that takes nothing is reset', async () => {
    const one = await bench.grpcReplica('one', (stream) => {
      begin(stream);
      stream.write('x'.repeat(4_000_000));
      setTimeout(() => vanish(stream), 200);
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const stream = bench.open();
    stream.on('error', () => undefined);
    stream.end('x');
    await once(stream, 'response');
    await sleep(1_500);
    const called = await ending(stream);
    assert.deepEqual([called.status, called.rstCode], ['', constants.NGHTTP2_INTERNAL_ERROR]);
  });
  test('an answer that ends whole but without a status is UNKNOWN, a reset of another kind INTERNAL', async () => {
    const one = await bench.grpcReplica('one', (stream, body) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write('x');
      if (body === 'whole') stream.end();
      else setTimeout(() => stream.destroy(new Error('broken')), 50);
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await bench.call('whole')).status, '2');
    assert.equal((await bench.call('reset')).status, '13');
    // It lives, and is asked again at once.
    assert.equal((await bench.call('whole')).status, '2');
  });
});

describe('a replica that is lost before it answers', () => {
  test('a kept call is sent once more, also over a connection that was there before, and never a third time', async () => {
    let seen: string[] = [];
    const handle = (id: string) => (stream: ServerHttp2Stream, body: string) => {
      if (body === 'ok') answer(stream, id);
      else {
        seen.push(id);
        vanish(stream);
      }
    };
    const replicas = await Promise.all(['one', 'two', 'three'].map((id) => bench.grpcReplica(id, handle(id))));
    await bench.publish({ revisions: [revisionOf('r1', replicas)] });
    assert.equal((await bench.call('poison')).status, '14');
    assert.equal(seen.length, 2);
    await sleep(600);
    seen = [];
    for (let turn = 0; turn < 20; turn++) await bench.call('ok');
    assert.equal((await bench.call('poison')).status, '14');
    assert.equal(new Set(seen).size, 2);
    assert.ok(seen.length <= 3, 'twice to the one whose connection may have been closed before');
  });
  test('a call that is longer than what is kept ends at once', async () => {
    const one = await bench.grpcReplica(
      'one',
      () => undefined,
      (stream) => setTimeout(() => vanish(stream), 100),
    );
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await bench.call('x'.repeat(2_000))).status, '14');
  });
  test('a connection that the replica closed while nobody asked says nothing of the replica', async () => {
    const unreachable: string[] = [];
    bench.link.onUnreachable(({ endpoint }) => unreachable.push(endpoint));
    const sessions = new Set<unknown>();
    const one = await bench.grpcReplica(
      'one',
      (stream, body) => answer(stream, body),
      (stream) => {
        const { session } = stream;
        const isSecond = sessions.size === 1 && sessions.has(session);
        sessions.add(session);
        // The second call finds the connection of the first, which ends under it.
        if (isSecond) vanish(stream);
      },
    );
    await bench.publish({ revisions: [revisionOf('r1', [one], { activates: false })] });
    assert.equal((await bench.call('first')).body, 'first');
    const second = await bench.call('second', { 'grpc-timeout': '400m' });
    assert.deepEqual([second.status, second.body, sessions.size], ['0', 'second', 2]);
    await sleep(50);
    assert.deepEqual(unreachable, []);
  });
});

describe('the deadline of a call', () => {
  test('after the answer began ends it by trailers', async () => {
    const one = await bench.grpcReplica('one', (stream) => {
      begin(stream);
      stream.write('part');
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const called = await bench.call('x', { 'grpc-timeout': '150m' });
    assert.deepEqual([called.status, called.body, called.rstCode], ['4', 'part', 0]);
    assert.match(called.message, /deadline/);
  });
  test('before it began ends it by its headers alone, also while it waits for a replica', async () => {
    const one = await bench.grpcReplica('one', () => undefined);
    for (const replicas of [[one], []]) {
      await bench.publish({ revisions: [revisionOf('r1', replicas)] });
      const called = await bench.call('x', { 'grpc-timeout': '100m' });
      assert.deepEqual([called.status, called.headers['grpc-status'], called.rstCode], ['4', '4', 0]);
    }
  });
  test('a client that still sends is told to stop', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [])] });
    const stream = bench.open({ 'grpc-timeout': '100m' });
    stream.write('x');
    const called = await ending(stream);
    assert.deepEqual([called.status, called.rstCode], ['4', 0]);
  });
  test('what was spent waiting is taken off what the replica is told', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [])] });
    const waiting = bench.call('x', { 'grpc-timeout': '5S' });
    await sleep(500);
    const one = await bench.grpcReplica('one', (stream, body) => answer(stream, body));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await waiting).status, '0');
    const told = /^(\d+)m$/.exec(String(one.seen[0]?.headers['grpc-timeout']));
    // Most of the half second: the call may have come a little after it was sent.
    assert.ok(Number(told?.[1]) <= 4_800, String(told));
  });
});

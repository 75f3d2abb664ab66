import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { LogLine, LogOptions, PodLogs } from '../logs/pod-logs.ts';
import { servePodLog } from './serve-pod-log.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');

function line(second: number, text: string, stream: LogLine['stream'] = 'stdout'): LogLine {
  return { time: `2026-03-01T11:59:${String(second).padStart(2, '0')}.000Z`, stream, text };
}

/** A replica whose output is known: it says what was asked of it, and a follower waits until it is let go. */
class FakeLogs implements PodLogs {
  asked: LogOptions | undefined;
  lines: LogLine[] = [line(10, 'one'), line(20, 'two', 'stderr'), line(30, 'zwölf')];
  ended = false;
  failure: Error | undefined;

  async *read(_namespace: string, _pod: string, options: LogOptions): AsyncGenerator<LogLine> {
    this.asked = options;
    try {
      if (options.previous) return;
      yield* this.lines;
      if (this.failure !== undefined) throw this.failure;
      if (options.follow && options.signal?.aborted === false) await once(options.signal, 'abort');
    } finally {
      this.ended = true;
    }
  }
}

describe('the log of a pod', () => {
  let server: Server;
  let logs: FakeLogs;
  let served: Promise<void>;
  let closing = new AbortController();

  before(async () => {
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://localhost');
      const key = { namespace: 'default', name: 'iris-0', containers: ['kserve-container'] };
      served = servePodLog(searchParams, key, logs, response, closing.signal, NOW);
      served.catch(() => response.writeHead(500).end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  async function ask(query: string): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const [answer] = await once(get({ host: '127.0.0.1', port, path: `/?${query}`, agent: false }), 'response');
    return answer;
  }

  async function text(query: string): Promise<string> {
    logs = new FakeLogs();
    const answer = await ask(query);
    assert.equal(answer.statusCode, 200);
    return Buffer.concat(await answer.toArray()).toString();
  }

  it('is the lines of both streams', async () => {
    assert.equal(await text(''), 'one\ntwo\nzwölf\n');
  });

  it('begins each line with its time when asked', async () => {
    assert.match(await text('timestamps=true'), /^2026-03-01T11:59:10.000Z one\n/);
    assert.equal(await text('timestamps=false'), 'one\ntwo\nzwölf\n');
  });

  it('joins a line that was kept in parts', async () => {
    logs = new FakeLogs();
    logs.lines = [{ ...line(10, 'long, '), isPart: true }, line(10, 'longer'), line(11, 'next')];
    const answer = await ask('timestamps=true');
    const got = Buffer.concat(await answer.toArray()).toString();
    assert.equal(got.replaceAll(/2026-\S+/g, 'T'), 'T long, longer\nT next\n');
  });

  it('ends after limitBytes, within a line and a letter', async () => {
    assert.equal(await text('limitBytes=5'), 'one\nt');
    assert.equal(await text('limitBytes=8'), 'one\ntwo\n');
    assert.equal(logs.ended, true);
  });

  it('is of one stream when asked', async () => {
    assert.equal(await text('stream=Stderr'), 'two\n');
  });

  it('asks for the last lines and for lines since a time', async () => {
    await text('tailLines=2&sinceSeconds=60&container=kserve-container');
    assert.deepEqual([logs.asked?.tailLines, logs.asked?.since], [2, new Date(NOW.getTime() - 60_000)]);
    await text('sinceTime=2026-03-01T13:00:00%2B02:00');
    assert.deepEqual(logs.asked?.since, new Date('2026-03-01T11:00:00Z'));
    assert.equal(logs.asked?.tailLines, undefined);
  });

  it('answers a follower at once, also before the first line, and lets go when it leaves', async () => {
    logs = new FakeLogs();
    logs.lines = [];
    const answer = await ask('follow=true');
    assert.equal(answer.statusCode, 200);
    answer.destroy();
    await served;
    assert.equal(logs.ended, true);
  });

  it('ends a follower whole when the server closes', async () => {
    logs = new FakeLogs();
    const answer = await ask('follow=true');
    setTimeout(() => closing.abort(), 20);
    assert.equal(Buffer.concat(await answer.toArray()).toString(), 'one\ntwo\nzwölf\n');
    closing = new AbortController();
  });

  it('waits for a slow reader', async () => {
    logs = new FakeLogs();
    let read = 0;
    const big = 'x'.repeat(64 * 1024);
    logs.lines = new Proxy([], {
      get: (_target, key) => (key === Symbol.iterator ? endless : undefined),
    }) as LogLine[];
    function* endless(): Generator<LogLine> {
      for (; read < 10_000; read++) yield line(1, big);
    }
    const answer = await ask('follow=true');
    answer.pause();
    let before = -1;
    while (before !== read) {
      before = read;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(read < 5_000, `${read} of 10,000 lines were read for a client that reads nothing`);
    answer.destroy();
    await served;
  });

  it('breaks off when the rest cannot be read', async () => {
    logs = new FakeLogs();
    logs.failure = new Error('disk');
    const answer = await ask('');
    await assert.rejects(answer.toArray(), /aborted/);
  });

  for (const [query, message] of [
    ['tailLines=-1', /tailLines must be/],
    ['tailLines=x', /tailLines must be/],
    ['limitBytes=0', /limitBytes must be/],
    ['sinceSeconds=0', /sinceSeconds must be/],
    ['sinceTime=yesterday', /sinceTime must be/],
    ['sinceTime=2026-03-01T12:00:00Z&sinceSeconds=5', /exclude each other/],
    ['stream=both', /stream must be/],
    ['container=other', /it has kserve-container/],
    ['previous=true', /no output of a run before/],
  ] as const) {
    it(`refuses ${query} with a Status that says why`, async () => {
      logs = new FakeLogs();
      const answer = await ask(query);
      const status = JSON.parse(Buffer.concat(await answer.toArray()).toString());
      assert.deepEqual([answer.statusCode, status.kind, status.reason], [400, 'Status', 'BadRequest']);
      assert.match(status.message, message);
    });
  }
});

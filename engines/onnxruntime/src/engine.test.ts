import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { GraphSession, GraphSessionOptions, Tensor } from '@berth/inference';
import { engine } from './index.ts';
import { ADD_MODEL, deepTree, LOOP_MODEL, loopInputs } from './testing/models.ts';

function options(model: Uint8Array, more: Partial<GraphSessionOptions> = {}): GraphSessionOptions {
  return {
    source: async () => ({ model, externalData: [], owned: false }),
    isolation: 'thread',
    probe: false,
    workers: 1,
    threads: 1,
    maxQueue: 10,
    loadTimeoutMs: 60_000,
    runTimeoutMs: 60_000,
    ...more,
  };
}

const x: Tensor = { name: 'x', datatype: 'FP32', shape: [2], data: new Float32Array([1, 2.5]) };
const endless = loopInputs(2n ** 40n);

async function answers(session: GraphSession): Promise<void> {
  const [y] = await session.run([x], ['y']);
  assert.deepEqual(y.data, new Float32Array([2, 5]));
}

async function loops(session: GraphSession): Promise<void> {
  const [y] = await session.run(loopInputs(3n), ['y']);
  assert.deepEqual(y.data, new Float32Array([8, 16]));
}

/** Calls until the session answers again: a worker is being replaced. */
async function recovered(session: GraphSession): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    try {
      return await loops(session);
    } catch (error) {
      assert.match((error as { code?: string }).code ?? '', /NOT_READY|DEADLINE/);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  assert.fail('the worker was never replaced');
}

for (const isolation of ['thread', 'process'] as const) {
  describe(`a session in a ${isolation}`, () => {
    it('answers, leaves the request as it was, and closes twice', async () => {
      const session = await engine.open(options(ADD_MODEL, { isolation }));
      await answers(session);
      await Promise.all([answers(session), answers(session), answers(session)]);
      assert.deepEqual(x.data, new Float32Array([1, 2.5]));
      await session.close();
      await session.close();
      await assert.rejects(session.run([x], ['y']), { code: 'NOT_READY' });
    });

    it('passes text and half floats', async () => {
      const session = await engine.open(options(ADD_MODEL, { isolation }));
      const wrong: Tensor = { name: 'x', datatype: 'FP16', shape: [1], data: new Uint16Array([0x3c00]) };
      await assert.rejects(session.run([wrong], ['y']), { code: 'INVALID_INPUT', message: /float16/ });
      await answers(session);
      await session.close();
    });

    it('refuses a damaged graph with a reason', async () => {
      const cut = ADD_MODEL.subarray(0, ADD_MODEL.length - 9);
      await assert.rejects(engine.open(options(cut, { isolation })), { name: 'LoadError', reason: 'CorruptModel' });
    });

    it('tells why its source failed', async () => {
      const source = async () => {
        throw new Error('gone');
      };
      await assert.rejects(engine.open(options(ADD_MODEL, { isolation, source })), { message: 'gone' });
    });
  });
}

describe('the queue', () => {
  it('is bounded, and a waiting request can be cancelled', async () => {
    const session = await engine.open(options(LOOP_MODEL, { isolation: 'process', maxQueue: 1, runTimeoutMs: 3000 }));
    const running = session.run(endless, ['y']);
    const cancelled = new AbortController();
    const waiting = session.run(loopInputs(1n), ['y'], cancelled.signal);
    await assert.rejects(session.run(loopInputs(1n), ['y']), { code: 'OVERLOADED', retryAfterSeconds: 1 });
    cancelled.abort();
    await assert.rejects(waiting, { code: 'CANCELLED' });
    await assert.rejects(session.run(loopInputs(1n), ['y'], AbortSignal.abort()), { code: 'CANCELLED' });
    await assert.rejects(running, { code: 'DEADLINE' });
    await recovered(session);
    await session.close();
  });

  it('is emptied with an answer when the session closes', async () => {
    const session = await engine.open(options(LOOP_MODEL, { isolation: 'process' }));
    const running = assert.rejects(session.run(endless, ['y']), { code: 'NOT_READY' });
    const waiting = assert.rejects(session.run(loopInputs(1n), ['y']), { code: 'NOT_READY' });
    await session.close();
    await Promise.all([running, waiting]);
  });
});

describe('a graph that crashes native code', () => {
  it('is refused by the process that tries it, and a sound one is served', async () => {
    await assert.rejects(engine.open(options(deepTree(200_000), { probe: true })), {
      name: 'LoadError',
      reason: 'CorruptModel',
      message: /does not survive this graph/,
    });
    const session = await engine.open(options(ADD_MODEL, { probe: true }));
    await answers(session);
    await session.close();
  });
});

describe('a process that dies', { skip: process.platform !== 'linux' && 'its id is found under /proc' }, () => {
  const children = () =>
    readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);

  it('fails its request with a clear error, and is replaced', async () => {
    const before = new Set(children());
    const session = await engine.open(options(LOOP_MODEL, { isolation: 'process' }));
    const [own] = children().filter((pid) => !before.has(pid));
    const running = session.run(endless, ['y']);
    process.kill(own, 'SIGSEGV');
    await assert.rejects(running, { code: 'NOT_READY', retryAfterSeconds: 1, message: /lost \(signal SIGSEGV\)/ });
    await recovered(session);
    const [next] = children().filter((pid) => !before.has(pid));
    assert.notEqual(next, own);
    await session.close();
    assert.deepEqual(
      children().filter((pid) => !before.has(pid)),
      [],
    );
  });
});

it('does not outlive a server that is killed', {
  skip: process.platform !== 'linux' && 'ids are found under /proc',
}, async () => {
  const server = fork(new URL('./testing/endless-server.ts', import.meta.url));
  const [pid] = (await once(server, 'message')) as [number];
  assert.ok(existsSync(`/proc/${pid}`));
  server.kill('SIGKILL');
  await once(server, 'exit');
  for (let attempt = 0; isRunning(pid); attempt++) {
    assert.ok(attempt < 600, 'the process still runs');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

/** A process that has ended may stay as a zombie where nobody collects orphans. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a request without end', () => {
  it('is answered at its time, its process killed and replaced, others served', async () => {
    const warnings: string[] = [];
    const session = await engine.open(
      options(LOOP_MODEL, { isolation: 'process', runTimeoutMs: 500, onWarning: (text) => warnings.push(text) }),
    );
    const other = await engine.open(options(ADD_MODEL));
    const late = assert.rejects(session.run(endless, ['y']), { code: 'DEADLINE', message: /0\.5 s/ });
    await answers(other);
    await late;
    await recovered(session);
    assert.match(warnings.join(), /longer than 0\.5 s/);
    await Promise.all([session.close(), other.close()]);
  });

  it('is answered when its deadline passes, and its process given up', async () => {
    const session = await engine.open(options(LOOP_MODEL, { isolation: 'process' }));
    await assert.rejects(session.run(endless, ['y'], AbortSignal.timeout(200)), { code: 'DEADLINE' });
    await recovered(session);
    await session.close();
  });

  it('in a thread is answered too, and another thread takes over', async () => {
    const session = await engine.open(options(LOOP_MODEL, { runTimeoutMs: 20 }));
    // Long enough to be late, short enough to end by itself: a thread can not be stopped.
    await assert.rejects(session.run(loopInputs(300_000n), ['y']), { code: 'DEADLINE' });
    await recovered(session);
    await session.close();
  });
});

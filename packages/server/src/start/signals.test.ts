import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunningServer } from './options.ts';
import { handleSignals } from './signals.ts';

function fake(drainEnds: boolean, ready: Promise<void> = Promise.resolve()) {
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const calls: string[] = [];
  const server: RunningServer = {
    urls: [],
    httpPort: 1,
    grpcPort: undefined,
    ready,
    ended,
    async drain() {
      calls.push('drain');
      if (drainEnds) end(0);
      return { cut: 0 };
    },
    async close() {
      calls.push('close');
      end(75);
    },
  };
  const listeners = new Map<string, () => void>();
  const exit = new Promise<number>((resolve) => {
    const on = (signal: string, listener: () => void) => listeners.set(signal, listener);
    handleSignals(server, () => undefined, { on, exit: resolve });
  });
  return { calls, exit, send: (signal: string) => listeners.get(signal)?.() };
}

test('the first signal drains and ends with the drain’s code', async () => {
  const { calls, exit, send } = fake(true);
  send('SIGTERM');
  assert.equal(await exit, 0);
  assert.deepEqual(calls, ['drain']);
});

test('a second one, of either kind, closes at once', async () => {
  const { calls, exit, send } = fake(false);
  send('SIGINT');
  send('SIGTERM');
  assert.equal(await exit, 75);
  assert.deepEqual(calls, ['drain', 'close']);
});

test('one press of Ctrl-C that arrives twice is one signal', async () => {
  const { calls, exit, send } = fake(true);
  await new Promise((resolve) => setImmediate(resolve));
  send('SIGINT');
  send('SIGINT');
  assert.equal(await exit, 0);
  assert.deepEqual(calls, ['drain']);
});

test('Ctrl-C while models load is an interruption, SIGTERM an order to end', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const) {
    const { exit, send } = fake(true, new Promise(() => undefined));
    send(signal);
    assert.equal(await exit, code);
  }
});

test('Ctrl-C once the models are loaded ends as asked', async () => {
  const { exit, send } = fake(true);
  await new Promise((resolve) => setImmediate(resolve));
  send('SIGINT');
  assert.equal(await exit, 0);
});

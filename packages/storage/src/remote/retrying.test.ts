import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StorageError } from '../storage-error.ts';
import { type RetryOptions, retrying } from './retrying.ts';

const OPTIONS: RetryOptions = { attempts: 3, budgetMs: 1000, pauseMs: 1, signal: undefined, random: () => 0 };
const passing = new StorageError('DownloadFailed', 'busy', { isTransient: true });

async function count(failures: readonly Error[], options: Partial<RetryOptions> = {}) {
  let calls = 0;
  const result = await retrying(
    async () => {
      const failure = failures[calls++];
      if (failure !== undefined) throw failure;
      return 'done';
    },
    { ...OPTIONS, ...options },
  ).catch((thrown: Error) => thrown);
  return { calls, result };
}

describe('retrying', () => {
  test('until it works, or the tries are over', async () => {
    assert.deepEqual(await count([passing, passing]), { calls: 3, result: 'done' });
    assert.deepEqual(await count([passing, passing, passing]), { calls: 3, result: passing });
  });

  test('not what will not pass, nor errors of the code', async () => {
    const denied = new StorageError('AccessDenied', 'no');
    assert.deepEqual(await count([denied]), { calls: 1, result: denied });
    const bug = new TypeError('bug');
    assert.deepEqual(await count([bug]), { calls: 1, result: bug });
  });

  test('not beyond its time, be it spent or asked for', async () => {
    let time = 0;
    const now = () => {
      time += 600;
      return time;
    };
    assert.equal((await count([passing, passing], { now })).calls, 2);
    const later = new StorageError('DownloadFailed', 'busy', { isTransient: true, retryAfterSeconds: 30 });
    assert.equal((await count([later])).calls, 1);
  });

  test('not after an abort', async () => {
    const abort = new AbortController();
    abort.abort();
    const { calls, result } = await count([], { signal: abort.signal });
    assert.equal(calls, 0);
    assert.ok(result instanceof StorageError && result.reason === 'DownloadCancelled');
  });
});

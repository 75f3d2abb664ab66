import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StorageError } from '../storage-error.ts';
import { exactBytes } from './exact-bytes.ts';

async function* source(chunks: readonly (string | Error | number)[], ended: { value: boolean }) {
  try {
    for (const chunk of chunks) {
      if (typeof chunk === 'number') await new Promise((resolve) => setTimeout(resolve, chunk));
      else if (chunk instanceof Error) throw chunk;
      else yield Buffer.from(chunk);
    }
  } finally {
    ended.value = true;
  }
}

async function take(chunks: readonly (string | Error | number)[], length: number, signal?: AbortSignal) {
  const ended = { value: false };
  const explain = (thrown: unknown) => new StorageError('AccessDenied', String(thrown));
  const bytes = exactBytes(source(chunks, ended), length, 40, 'the store', explain, signal);
  try {
    return Buffer.concat(await Array.fromAsync(bytes)).toString();
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 120));
    assert.ok(ended.value, 'the source was ended');
  }
}

describe('exactBytes', () => {
  test('passes on what comes', async () => {
    assert.equal(await take(['ab', 'c'], 3), 'abc');
    assert.equal(await take([], 0), '');
  });

  for (const [why, chunks, words] of [
    ['too few', ['ab'], /sent 2 of 3 bytes/],
    ['too many', ['ab', 'cd'], /more than the 3/],
    ['a stall', ['ab', 100, 'c'], /nothing came from the store/],
  ] as const) {
    test(`${why} is a failure that may pass`, async () => {
      await assert.rejects(take(chunks, 3), (thrown) => {
        assert.ok(thrown instanceof StorageError);
        assert.equal(thrown.isTransient, true);
        assert.match(thrown.message, words);
        return true;
      });
    });
  }

  test('a failure of the source is explained, an abort is an abort', async () => {
    await assert.rejects(take([new Error('boom')], 3), /boom/);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10);
    await assert.rejects(take(['ab', 30, 'c'], 3, abort.signal), /cancelled/);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decompressOffThread } from './decompress-off-thread.ts';

/** Bytes that deflate does not make smaller, so that the file is large enough for a thread. */
function noise(count: number): Uint8Array {
  const out = new Uint8Array(count);
  let state = 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}

const plain = noise(3_000_000);
const packed = (): Uint8Array<ArrayBuffer> => new Uint8Array(deflateSync(plain));

test('a large file is unpacked while this thread goes on', async () => {
  let turns = 0;
  const ticking = setInterval(() => {
    turns++;
  }, 1);
  try {
    const out = await decompressOffThread(packed(), 'zlib', 10_000_000);
    assert.ok(Buffer.from(out).equals(Buffer.from(plain)));
    assert.ok(turns > 0);
  } finally {
    clearInterval(ticking);
  }
});

test('so is a small file that holds much', async () => {
  let turns = 0;
  const ticking = setInterval(() => {
    turns++;
  }, 1);
  try {
    const out = await decompressOffThread(new Uint8Array(deflateSync(new Uint8Array(1 << 26))), 'zlib', 1 << 27);
    assert.equal(out.length, 1 << 26);
    assert.ok(turns > 0);
  } finally {
    clearInterval(ticking);
  }
});

test('what lies in memory beside the contents of a large file is small', async () => {
  const packed = new Uint8Array(deflateSync(new Uint8Array(1 << 26)));
  const before = process.memoryUsage().arrayBuffers;
  const out = await decompressOffThread(packed, 'zlib', 1 << 27);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.equal(out.length, 1 << 26);
  assert.ok(grown < 1.6 * 2 ** 26, `${grown} bytes`);
});

test('the reason of a refusal comes back from the thread', async () => {
  await assert.rejects(decompressOffThread(packed(), 'zlib', 1_000_000), {
    name: 'LoadError',
    reason: 'LimitExceeded',
  });
  await assert.rejects(decompressOffThread(packed().slice(0, 2_000_000), 'zlib', 10_000_000), {
    name: 'LoadError',
    reason: 'CorruptModel',
  });
  await assert.rejects(decompressOffThread(packed(), 'xz', 10_000_000), { name: 'LoadError', reason: 'CorruptModel' });
});

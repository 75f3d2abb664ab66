import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { bytes, global, pickle, reduce, text, u32 } from '../pickle/writer.ts';
import { decompress, detectCompression } from './decompress.ts';
import { readFirstBytes } from './first-bytes.ts';
import { readPickleFile, unpackFile, unpackPickle } from './read.ts';

const BUDGET = 1 << 20;
const MUCH = 8 << 20;
const PICKLES = new URL('../pickle/golden/', import.meta.url);
const MODELS = new URL('../sklearn/ensemble/golden/1.9.1.json', import.meta.url);

/** A file of which only the beginning is there: whoever unpacks all of it says so. */
function cut(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packed.subarray(0, packed.length - 20));
}

test('honest pickles go on behind any first bytes, and end where they end', () => {
  let count = 0;
  for (const file of readdirSync(PICKLES)) {
    for (const one of JSON.parse(readFileSync(new URL(file, PICKLES), 'utf8')).cases) {
      const whole = new Uint8Array(Buffer.from(one.file, 'base64'));
      if (detectCompression(whole) !== 'none') continue;
      count++;
      for (let end = 1; end < whole.length; end += Math.ceil(whole.length / 50)) {
        assert.equal(readFirstBytes(whole.subarray(0, end), BUDGET), undefined, `${one.name} cut to ${end}`);
      }
      const end = readFirstBytes(whole, BUDGET) as number;
      assert.deepEqual(readPickleFile(whole.subarray(0, end)), readPickleFile(whole), one.name);
    }
  }
  assert.ok(count > 50, `${count} pickles`);
});

test('honest models go on behind any first bytes', () => {
  let count = 0;
  for (const { model } of JSON.parse(readFileSync(MODELS, 'utf8')).cases) {
    const stored = new Uint8Array(Buffer.from(model, 'base64'));
    const whole = decompress(stored, detectCompression(stored), 1 << 26);
    count++;
    for (const share of [0.1, 0.35, 0.6, 0.9]) {
      const head = whole.subarray(0, Math.floor(whole.length * share));
      assert.equal(readFirstBytes(head, 100 * BUDGET), undefined);
    }
  }
  assert.ok(count > 10, `${count} models`);
});

for (const [what, plain, reason] of [
  ['no pickle', bytes(new Uint8Array(MUCH)), 'CorruptModel'],
  ['a pickle that is damaged at once', bytes([0x80, 4], new Uint8Array(MUCH)), 'CorruptModel'],
  [
    'a name that may not be named',
    bytes(pickle(2, reduce(global('os', 'system'), text('id'))), new Uint8Array(MUCH)),
    'UnsafeModel',
  ],
] as const) {
  test(`${what} is refused before the rest is unpacked`, async () => {
    for (const packed of [gzipSync(plain), deflateSync(plain)]) {
      await assert.rejects(unpackPickle(cut(packed)), { name: 'LoadError', reason });
      // What unpacks all of it, finds that the file is cut.
      await assert.rejects(unpackFile(cut(packed)), { name: 'LoadError', message: /is cut or damaged/ });
    }
  });
}

test('a pickle that ends long before its file is refused, one with its check sum behind it is not', async () => {
  const none = pickle(4, 'N');
  await assert.rejects(unpackPickle(new Uint8Array(gzipSync(bytes(none, new Uint8Array(MUCH))))), {
    name: 'LoadError',
    reason: 'LimitExceeded',
    message: /ends after 4 bytes/,
  });
  for (const packed of [gzipSync(none), deflateSync(none)]) {
    assert.deepEqual(Buffer.from(await unpackPickle(new Uint8Array(packed))), Buffer.from(none));
    await assert.rejects(unpackPickle(new Uint8Array(packed.subarray(0, -1))), { reason: 'CorruptModel' });
  }
});

test('one long value is unpacked to its end', async () => {
  const whole = pickle(4, 'B', u32(MUCH), new Uint8Array(MUCH));
  const plain = await unpackPickle(new Uint8Array(gzipSync(whole)));
  assert.ok(Buffer.from(plain).equals(whole));
});

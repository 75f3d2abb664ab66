import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { decompress, detectCompression } from '../joblib/decompress.ts';

interface Golden {
  readonly cases: readonly { readonly content: string; readonly kind: string; readonly packed: string }[];
  /** 20,000,000 zeros. */
  readonly bombs: Readonly<Record<string, string>>;
}

const golden = JSON.parse(readFileSync(new URL('./golden/compressed.json', import.meta.url), 'utf8')) as Golden;
const LIMIT = 1_000_000;

/** The same bytes as `lcg` in tools/golden/compressed_files.py. */
function generated(count: number, modulus: number): Buffer {
  let state = 1n;
  return Buffer.from(
    Array.from({ length: count }, () => {
      state = (state * 1103515245n + 12345n) % 2n ** 31n;
      return Number(state >> 16n) % modulus;
    }),
  );
}

const CONTENTS = new Map<string, Buffer>([
  ['one byte', Buffer.from('a')],
  ['text', Buffer.from('hello world, '.repeat(400))],
  ['random', generated(3000, 256)],
  ['four symbols', generated(6000, 4)],
  ['runs', Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.alloc(i % 300, i % 7)))],
]);

const unpack = (packed: Uint8Array) => decompress(packed, detectCompression(packed), LIMIT);
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

for (const { content, kind, packed } of golden.cases) {
  test(`${kind} of ${content}`, () => {
    const bytes = bytesOf(packed);
    assert.equal(detectCompression(bytes), kind.split(' ')[0]);
    assert.ok(Buffer.from(unpack(bytes)).equals(CONTENTS.get(content) as Buffer));
  });
}

for (const [kind, packed] of Object.entries(golden.bombs)) {
  test(`a ${kind} bomb stops at the limit`, () => {
    assert.throws(() => unpack(bytesOf(packed)), { name: 'LoadError', reason: 'LimitExceeded' });
  });
}

for (const kind of ['zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4 checked']) {
  const found = golden.cases.find((one) => one.kind === kind && one.content === 'text');
  assert.ok(found);
  const bytes = bytesOf(found.packed);
  const content = CONTENTS.get('text') as Buffer;

  test(`${kind} cut anywhere is refused`, () => {
    for (let end = 14; end < bytes.length; end++) {
      assert.throws(() => unpack(bytes.subarray(0, end)), LoadError, `cut to ${end}`);
    }
  });

  test(`${kind} with changed bytes is refused, or holds what it held`, () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const broken = new Uint8Array(bytes);
        for (const [at, value] of changes) broken[at] = value;
        let out: Uint8Array;
        try {
          out = unpack(broken);
        } catch (error) {
          assert.ok(error instanceof LoadError);
          return;
        }
        // A .lzma file has no check sum: its damage may pass. A first byte changed may make it a plain file.
        if (kind !== 'lzma' && out !== broken) assert.ok(Buffer.from(out).equals(content));
      }),
      { numRuns: 500 },
    );
  });
}

import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { zipOf } from '../../test/zip-fixture.ts';
import { StorageError } from '../storage-error.ts';
import { archiveKind } from './archive-kind.ts';
import { unpack } from './unpack.ts';

const LIMITS = { maxBytes: 100_000, maxEntries: 50, onBytes: () => {} };
const ENTRIES = [
  { name: 'a/model.pkl', content: 'x'.repeat(700) },
  { name: 'b.txt', content: 'y'.repeat(30) },
];

/** Bytes of `archive` with some changed, inserted or cut away. */
function damaged(archive: Buffer): fc.Arbitrary<Buffer> {
  const position = fc.nat(archive.length - 1);
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: position, value: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: position, value: fc.nat(255) }),
    fc.record({ kind: fc.constant('insert' as const), at: position, value: fc.nat(255) }),
  );
  return fc.array(change, { minLength: 1, maxLength: 8 }).map((changes) => {
    let bytes = Buffer.from(archive);
    for (const { kind, at, value } of changes) {
      if (kind === 'set') bytes[at % Math.max(1, bytes.length)] = value;
      else if (kind === 'cut') bytes = bytes.subarray(0, at);
      else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([value]), bytes.subarray(at)]);
    }
    return bytes;
  });
}

describe('a damaged archive ends in files inside the folder or in a StorageError', () => {
  const archives: [string, Buffer][] = [
    ['tar', tarOf(ENTRIES)],
    ['tgz', gzipSync(tarOf(ENTRIES))],
    ['zip', zipOf(ENTRIES)],
  ];
  for (const [name, archive] of archives) {
    test(name, async () => {
      await using folder = await temporaryFolder();
      let count = 0;
      await fc.assert(
        fc.asyncProperty(damaged(archive), async (bytes) => {
          const home = join(folder.path, String(count++));
          const out = join(home, 'out');
          const file = join(home, 'archive');
          await mkdir(out, { recursive: true });
          await writeFile(file, bytes);
          const kind = await archiveKind(file);
          if (kind === undefined) return;
          await unpack(file, kind, out, LIMITS).catch((thrown: unknown) => {
            assert.ok(thrown instanceof StorageError, thrown instanceof Error ? thrown.stack : String(thrown));
          });
          assert.deepEqual((await readdir(home)).sort(), ['archive', 'out']);
        }),
        { numRuns: 150 },
      );
    });
  }
});

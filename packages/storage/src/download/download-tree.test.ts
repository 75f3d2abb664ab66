import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { chunks, cut, type MemoryStore, memoryStore } from '../../test/memory-store.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { RemoteObject } from '../remote/remote-store.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { type DownloadTreeOptions, downloadTree } from './download-tree.ts';

const WEIGHTS = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7 + (index >> 8)) & 255));

async function listOf(store: MemoryStore): Promise<RemoteObject[]> {
  return Array.fromAsync(store.list(''));
}

async function withDownload(
  store: MemoryStore,
  work: (
    download: (options?: Partial<DownloadTreeOptions>) => Promise<Map<string, Buffer>>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const objects = await listOf(store);
  await work(async (options = {}) => {
    const files = await downloadTree(store, objects, {
      folder: join(folder.path, 'partial'),
      maxBytes: 1e6,
      partBytes: 3000,
      pauseMs: 1,
      stallTimeoutMs: 100,
      ...options,
    });
    const contents = await Promise.all(files.map(async ({ path, file }) => [path, await readFile(file)] as const));
    return new Map(contents);
  }, folder.path);
}

function fails(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

describe('a tree', () => {
  test('comes in parts, each file whole', () => {
    const store = memoryStore({ 'model.bin': WEIGHTS, 'a/config.json': Buffer.from('{}'), empty: Buffer.alloc(0) });
    return withDownload(store, async (download) => {
      const progress: number[] = [];
      const files = await download({ onProgress: ({ doneBytes }) => progress.push(doneBytes) });
      assert.deepEqual(files.get('model.bin'), WEIGHTS);
      assert.equal(String(files.get('a/config.json')), '{}');
      assert.equal(files.get('empty')?.length, 0);
      assert.equal(store.reads.filter(({ key }) => key === 'model.bin').length, 4);
      assert.equal(Math.max(...progress), 10_002);
    });
  });

  for (const path of ['../evil', '/evil', 'a/../../evil', 'a\\b', 'a//b', 'a/./b', '', 'x'.repeat(300), 'a\nb']) {
    test(`with the file ${JSON.stringify(path.slice(0, 20))} is refused`, () => {
      const store = memoryStore({ m: WEIGHTS }, (object) => ({ ...object, path }));
      return withDownload(store, (download) => assert.rejects(download(), fails('InvalidStorageUri', /refused/)));
    });
  }

  test('larger than the limit is refused before anything is read', () => {
    const store = memoryStore({ m: WEIGHTS });
    return withDownload(store, async (download) => {
      await assert.rejects(download({ maxBytes: 9999 }), fails('LimitExceeded', /10000 bytes.*9999/));
      assert.equal(store.reads.length, 0);
    });
  });

  test('larger than the disk is refused with the figures', () => {
    const store = memoryStore({ m: WEIGHTS }, (object) => ({ ...object, size: 1e17 }));
    return withDownload(store, async (download) => {
      await assert.rejects(
        download({ maxBytes: 1e18, partBytes: 1e16 }),
        fails('NoSpace', /needs 100000000000000000 bytes.* has \d+ bytes free/),
      );
      assert.equal(store.reads.length, 0);
    });
  });
});

describe('a connection', () => {
  test('that breaks is gone on with where it stopped', () => {
    const store = memoryStore({ m: WEIGHTS });
    store.fault = ({ start, end }, before) =>
      before < 3 ? cut(WEIGHTS.subarray(start, Math.min(end, start + 700))) : undefined;
    return withDownload(store, async (download) => {
      assert.deepEqual((await download({ partBytes: 1e6 })).get('m'), WEIGHTS);
      assert.deepEqual(
        store.reads.map(({ start }) => start),
        [0, 700, 1400, 2100],
      );
    });
  });

  test('that breaks after each byte never gives up as long as it gains some', () => {
    const store = memoryStore({ m: WEIGHTS.subarray(0, 40) });
    store.fault = ({ start }) => cut(WEIGHTS.subarray(start, start + 1));
    return withDownload(store, async (download) => {
      // The last byte comes before the break, so the part is whole all the same.
      assert.equal((await download({ maxAttempts: 2 })).get('m')?.length, 40);
    });
  });

  test('that never brings anything is given up after so many tries', () => {
    const store = memoryStore({ m: WEIGHTS });
    store.fault = () => cut(Buffer.alloc(0));
    return withDownload(store, async (download) => {
      await assert.rejects(download({ maxAttempts: 3, parallel: 1 }), fails('DownloadFailed', /tried 3 times/));
      assert.equal(store.reads.length, 3);
    });
  });

  test('that stalls is dropped and gone on with', () => {
    const store = memoryStore({ m: WEIGHTS });
    let ended = 0;
    store.fault = ({ start }, before) => {
      if (before > 0) return undefined;
      return {
        [Symbol.asyncIterator]() {
          let sent = false;
          return {
            next: () => {
              if (sent) return new Promise(() => undefined);
              sent = true;
              return Promise.resolve({ done: false as const, value: WEIGHTS.subarray(start, start + 10) });
            },
            return: () => {
              ended++;
              return Promise.resolve({ done: true as const, value: undefined });
            },
          };
        },
      };
    };
    return withDownload(store, async (download) => {
      assert.deepEqual((await download({ partBytes: 1e6 })).get('m'), WEIGHTS);
      assert.equal(ended, 1);
      assert.deepEqual(
        store.reads.map(({ start }) => start),
        [0, 10],
      );
    });
  });

  for (const [what, count] of [
    ['fewer', 2999],
    ['more', 3001],
  ] as const) {
    test(`that brings ${what} bytes than asked for is tried again`, () => {
      const store = memoryStore({ m: WEIGHTS.subarray(0, 3000) });
      store.fault = (_read, before) => (before === 0 ? chunks(WEIGHTS.subarray(0, count), 5000) : undefined);
      return withDownload(store, async (download) => {
        assert.deepEqual((await download()).get('m'), WEIGHTS.subarray(0, 3000));
        assert.equal(store.reads.length, 2);
      });
    });
  }

  test('can be cancelled', () => {
    const store = memoryStore({ m: WEIGHTS });
    const abort = new AbortController();
    store.fault = () => {
      setImmediate(() => abort.abort());
      return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };
    };
    return withDownload(store, (download) =>
      assert.rejects(download({ signal: abort.signal, stallTimeoutMs: 300 }), fails('DownloadCancelled', /cancelled/)),
    );
  });
});

describe('an interrupted download', () => {
  const large = Buffer.alloc(3 * 1024 * 1024, 'abcdefg');

  test('is gone on with by the next call, other content is not', () => {
    const store = memoryStore({ m: large });
    store.fault = ({ start }) => (start < 2e6 ? undefined : cut(Buffer.alloc(0)));
    return withDownload(store, async (download, folder) => {
      const options = { partBytes: 1e6, maxBytes: 1e9, maxAttempts: 1, parallel: 1 };
      await assert.rejects(download(options), fails('DownloadFailed', /hang up/));
      store.fault = () => undefined;
      store.reads.length = 0;
      assert.deepEqual((await download(options)).get('m'), large);
      assert.deepEqual(
        store.reads.map(({ start }) => start),
        [2e6, 3e6],
      );
      // A journal of another content counts for nothing.
      const other = memoryStore({ m: Buffer.alloc(large.length, 'x') });
      const files = await downloadTree(other, await listOf(other), { folder: join(folder, 'partial'), ...options });
      assert.deepEqual(await readFile(files[0]?.file ?? ''), other.files.get('m'));
    });
  });

  test('with a damaged journal begins anew', () => {
    const store = memoryStore({ m: large });
    return withDownload(store, async (download, folder) => {
      await mkdir(join(folder, 'partial'));
      for (const text of ['', '{', '{"have":[1]}', '{"version":"x","partBytes":1000000,"have":[-1]}']) {
        await writeFile(join(folder, 'partial', '0'), 'junk');
        await writeFile(join(folder, 'partial', '0.journal'), text);
        assert.deepEqual((await download({ partBytes: 1e6, maxBytes: 1e9 })).get('m'), large);
      }
    });
  });
});

describe('a digest', () => {
  const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');

  test('that is wrong brings the file once more', () => {
    const store = memoryStore({ m: WEIGHTS }, (object) => ({ ...object, sha256 }));
    store.fault = ({ start, end }, before) => (before === 0 ? chunks(Buffer.alloc(end - start)) : undefined);
    return withDownload(store, async (download) => {
      assert.deepEqual((await download({ parallel: 1 })).get('m'), WEIGHTS);
    });
  });

  for (const digest of [{ sha256: '0'.repeat(64) }, { md5: '0'.repeat(32) }, { gitSha1: '0'.repeat(40) }]) {
    test(`that stays wrong is an error: ${Object.keys(digest)[0]}`, () => {
      const store = memoryStore({ m: WEIGHTS }, (object) => ({ ...object, ...digest }));
      return withDownload(store, async (download, folder) => {
        await assert.rejects(download(), fails('DigestMismatch', /as its store says/));
        assert.deepEqual(await readdir(join(folder, 'partial')), []);
      });
    });
  }

  test('of each kind is held', () => {
    const store = memoryStore({ m: WEIGHTS }, (object) => ({
      ...object,
      sha256,
      md5: createHash('md5').update(WEIGHTS).digest('hex'),
      gitSha1: createHash('sha1').update(`blob ${WEIGHTS.length}\0`).update(WEIGHTS).digest('hex'),
    }));
    return withDownload(store, async (download) => assert.deepEqual((await download()).get('m'), WEIGHTS));
  });
});

test('an object that changes meanwhile is said so at once', () => {
  const store = memoryStore({ m: WEIGHTS });
  return withDownload(store, async (download) => {
    store.files.set('m', Buffer.alloc(WEIGHTS.length, 'n'));
    await assert.rejects(download(), fails('ObjectChanged', /changed/));
  });
});

test('whatever breaks, what arrives is what was sent', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(40), { maxLength: 20 }),
      async (bytes, partBytes, parallel, breaks) => {
        const content = Buffer.from(bytes);
        const store = memoryStore({ m: content });
        store.fault = ({ start, end }, before) => {
          const at = breaks[before];
          return at === undefined ? undefined : cut(content.subarray(start, Math.min(end, start + at)));
        };
        await withDownload(store, async (download) => {
          assert.deepEqual((await download({ partBytes, parallel, maxAttempts: 30 })).get('m'), content);
        });
      },
    ),
    { numRuns: 40 },
  ));

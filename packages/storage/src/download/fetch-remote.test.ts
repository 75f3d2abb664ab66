import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { cut, type MemoryStore, memoryStore } from '../../test/memory-store.ts';
import { tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { fetchRemote } from './fetch-remote.ts';

const CONFIG = Buffer.from('{"a": 1}');
const WEIGHTS = Buffer.alloc(5000, 'weights');

async function withStore(
  store: MemoryStore,
  work: (context: {
    cache: string;
    fetch: (prefix: string, options?: Partial<FetchOptions>) => Promise<FetchedModel>;
  }) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const cache = join(folder.path, 'cache');
  await work({
    cache,
    fetch: (prefix, options = {}) =>
      fetchRemote(
        { key: `memory://${prefix}`, source: `memory://${prefix}`, open: async () => ({ store, prefix }), pauseMs: 1 },
        { cacheFolder: cache, maxAttempts: 2, ...options },
      ),
  });
}

function fails(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const folderStore = () => memoryStore({ 'm/config.json': CONFIG, 'm/a/weights.bin': WEIGHTS });

describe('a folder', () => {
  test('is downloaded once while nothing there changes', () => {
    const store = folderStore();
    return withStore(store, async ({ fetch, cache }) => {
      const first = await fetch('m/');
      assert.deepEqual(await readFile(join(first.path, 'a/weights.bin')), WEIGHTS);
      const second = await fetch('m/');
      assert.deepEqual([first.fromCache, second.fromCache], [false, true]);
      assert.equal(second.path, first.path);
      assert.deepEqual([store.listings, store.reads.length], [2, 2]);
      assert.deepEqual(await readdir(join(cache, 'partial')), []);
    });
  });

  test('that has changed is another tree', () => {
    const store = folderStore();
    return withStore(store, async ({ fetch }) => {
      const first = await fetch('m/');
      store.files.set('m/config.json', Buffer.from('{"a": 2}'));
      const second = await fetch('m/');
      assert.notEqual(second.digest, first.digest);
      assert.equal(await readFile(join(second.path, 'config.json'), 'utf8'), '{"a": 2}');
      assert.deepEqual(await readFile(join(first.path, 'config.json')), CONFIG);
    });
  });

  test('that changes between its parts is listed again', () => {
    const store = folderStore();
    const later = Buffer.alloc(6000, 'later');
    store.fault = ({ key }) => {
      if (!key.endsWith('.bin') || store.files.get(key) === later) return undefined;
      store.files.set(key, later);
      return cut(WEIGHTS.subarray(0, 100));
    };
    return withStore(store, async ({ fetch }) => {
      assert.deepEqual(await readFile(join((await fetch('m/')).path, 'a/weights.bin')), later);
    });
  });

  test('has only the files that the patterns want', () => {
    const store = folderStore();
    return withStore(store, async ({ fetch }) => {
      const { path } = await fetch('m/', { ignore: '["a/*"]' });
      assert.deepEqual(await readdir(path), ['config.json']);
      await assert.rejects(fetch('m/', { allow: '*.onnx' }), fails('NotFound', /none of the 2 files/));
    });
  });

  test('that is not there is said so', () =>
    withStore(folderStore(), ({ fetch }) => assert.rejects(fetch('x/'), fails('NotFound', /there is no file/))));
});

describe('without the network', () => {
  test('what is here is used, with a warning', () => {
    const store = folderStore();
    return withStore(store, async ({ fetch }) => {
      const first = await fetch('m/');
      store.isDown = true;
      const warnings: string[] = [];
      const second = await fetch('m/', { onWarning: (message) => warnings.push(message) });
      assert.equal(second.path, first.path);
      assert.match(warnings.join(), /nothing listens there; the copy from an earlier download is used/);
    });
  });

  test('what is here by its digest is used without asking', () => {
    const store = memoryStore({ 'm/model.bin': WEIGHTS });
    return withStore(store, async ({ fetch }) => {
      const first = await fetch('m/model.bin');
      store.isDown = true;
      for (const wanted of [sha256(WEIGHTS), first.digest as string]) {
        assert.equal((await fetch('m/model.bin', { sha256: wanted })).path, first.path);
      }
      await assert.rejects(fetch('m/model.bin', { sha256: '0'.repeat(64) }), fails('DigestMismatch', /not 0000/));
    });
  });

  test('what is not here is a failure', () => {
    const store = folderStore();
    store.isDown = true;
    return withStore(store, ({ fetch }) => assert.rejects(fetch('m/'), fails('DownloadFailed', /nothing listens/)));
  });
});

describe('one object', () => {
  test('is a file under its name', () =>
    withStore(memoryStore({ 'm/model.bin': WEIGHTS }), async ({ fetch }) => {
      const { path, sha256: digest } = await fetch('m/model.bin');
      assert.match(path, /\/model\.bin$/);
      assert.equal(digest, sha256(WEIGHTS));
    }));

  test('that is an archive is unpacked, and known by its own digest', () => {
    const archive = gzipSync(tarOf([{ name: 'iris/model.json', content: 'x' }]));
    return withStore(memoryStore({ 'm/model.tar.gz': archive }), async ({ fetch }) => {
      const { path } = await fetch('m/model.tar.gz', { sha256: sha256(archive) });
      assert.equal(await readFile(join(path, 'iris/model.json'), 'utf8'), 'x');
    });
  });

  test('that is a hostile archive leaves nothing', () => {
    const archive = gzipSync(tarOf([{ name: '../evil', content: 'x' }]));
    return withStore(memoryStore({ 'm/model.tar.gz': archive }), async ({ fetch, cache }) => {
      await assert.rejects(fetch('m/model.tar.gz'), fails('ArchiveRefused', /\.\.|relative path/));
      for (const folder of ['trees', 'drafts', 'records']) {
        assert.deepEqual(await readdir(join(cache, folder)).catch(() => []), []);
      }
    });
  });

  test('with other bytes than wanted is not kept', () =>
    withStore(memoryStore({ 'm/model.bin': WEIGHTS }), async ({ fetch, cache }) => {
      await assert.rejects(fetch('m/model.bin', { sha256: '0'.repeat(64) }), fails('DigestMismatch', /as wanted/));
      for (const folder of ['trees', 'records', 'partial']) {
        assert.deepEqual(await readdir(join(cache, folder)).catch(() => []), []);
      }
    }));
});

test('two at once download once', () => {
  const store = folderStore();
  return withStore(store, async ({ fetch }) => {
    const both = await Promise.all([fetch('m/'), fetch('m/')]);
    assert.equal(both[0].path, both[1].path);
    assert.equal(store.reads.length, 2);
  });
});

test('a download that failed goes on, and never shows half a model', () => {
  const store = folderStore();
  store.fault = ({ key, start }) => (key.endsWith('.bin') ? cut(WEIGHTS.subarray(start, start)) : undefined);
  return withStore(store, async ({ fetch, cache }) => {
    await assert.rejects(fetch('m/'), fails('DownloadFailed', /tried 2 times/));
    assert.deepEqual(await readdir(join(cache, 'trees')).catch(() => []), []);
    store.fault = () => undefined;
    assert.deepEqual(await readFile(join((await fetch('m/')).path, 'a/weights.bin')), WEIGHTS);
  });
});

test('a bit that flipped in the cache is found, and the file downloaded anew', () => {
  const store = folderStore();
  return withStore(store, async ({ fetch, cache }) => {
    const { path, digest } = await fetch('m/');
    const file = join(path, 'a/weights.bin');
    await chmod(file, 0o600);
    const bytes = await readFile(file);
    bytes[77] = (bytes[77] as number) ^ 1;
    await writeFile(file, bytes);
    const again = await fetch('m/');
    assert.equal(again.digest, digest);
    assert.deepEqual(await readFile(join(again.path, 'a/weights.bin')), WEIGHTS);
    assert.deepEqual(await readdir(join(cache, 'quarantine')), [digest]);
  });
});

import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { ModelCache } from '../cache/cache.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { localFetcher } from './local-fetcher.ts';

const MIB = 1024 * 1024;

async function withModel(
  work: (context: {
    model: string;
    root: string;
    cache: string;
    take: (path?: string, options?: Partial<FetchOptions>) => Promise<FetchedModel>;
  }) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const model = join(folder.path, 'model');
  const cache = join(folder.path, 'cache');
  await mkdir(join(model, 'parts'), { recursive: true });
  await writeFile(join(model, 'model.json'), 'first');
  await writeFile(join(model, 'parts/weights.bin'), 'weights');
  await work({
    model,
    root: folder.path,
    cache,
    take: (path = model, options = {}) =>
      localFetcher.fetch(path, { cacheFolder: cache, copyUpToBytes: MIB, ...options }),
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

describe('a local folder', () => {
  test('is copied: what is written to it later does not reach the copy', () =>
    withModel(async ({ model, take }) => {
      const first = await take();
      assert.notEqual(first.path, model);
      await writeFile(join(model, 'model.json'), 'later');
      assert.equal(await readFile(join(first.path, 'model.json'), 'utf8'), 'first');
      const second = await take();
      assert.notEqual(second.digest, first.digest);
      assert.equal(await readFile(join(second.path, 'model.json'), 'utf8'), 'later');
      assert.equal(await readFile(join(first.path, 'model.json'), 'utf8'), 'first');
      assert.equal(await readFile(join(second.path, 'parts/weights.bin'), 'utf8'), 'weights');
    }));

  test('has one digest wherever it lies', () =>
    withModel(async ({ root, take }) => {
      const other = join(root, 'other');
      await mkdir(join(other, 'parts'), { recursive: true });
      await writeFile(join(other, 'parts/weights.bin'), 'weights');
      await writeFile(join(other, 'model.json'), 'first');
      const [one, two] = [await take(), await take(other)];
      assert.equal(one.digest, two.digest);
      assert.equal(one.path, two.path);
    }));

  test('too large is used where it lies, and a change of it is noticed', () =>
    withModel(async ({ model, cache, take }) => {
      const first = await take(model, { copyUpToBytes: 3 });
      assert.equal(first.path, model);
      const store = new ModelCache(cache);
      assert.equal((await store.use(first.digest ?? ''))?.path, model);
      await writeFile(join(model, 'parts/weights.bin'), 'others!');
      assert.equal(await store.use(first.digest ?? ''), undefined);
      assert.notEqual((await take(model, { copyUpToBytes: 3 })).digest, first.digest);
      assert.equal(await readFile(join(model, 'parts/weights.bin'), 'utf8'), 'others!');
    }));

  test('links inside it are followed, links to the system are not', () =>
    withModel(async ({ model, root, take }) => {
      await writeFile(join(root, 'blob'), 'linked');
      await symlink('../blob', join(model, 'blob.bin'));
      assert.equal(await readFile(join((await take()).path, 'blob.bin'), 'utf8'), 'linked');
      await assert.rejects(take(model, { roots: [model] }), fails('InvalidStorageUri', /outside/));
      await symlink('/etc/hostname', join(model, 'name'));
      await assert.rejects(take(), fails('InvalidStorageUri', /\/etc/));
    }));

  test('a circle of links ends', () =>
    withModel(async ({ model, take }) => {
      await symlink('..', join(model, 'parts/up'));
      await assert.rejects(take(), fails('InvalidStorageUri', /above it/));
    }));

  test('can be read by other users, and written to by none, whatever this process hides', () =>
    withModel(async ({ take }) => {
      const before = process.umask(0o077);
      try {
        const { path } = await take();
        const modes = await Promise.all(['.', 'parts', 'parts/weights.bin'].map((name) => stat(join(path, name))));
        assert.deepEqual(
          modes.map(({ mode }) => (mode & 0o777).toString(8)),
          ['755', '755', '444'],
        );
      } finally {
        process.umask(before);
      }
    }));

  test('an empty one is no model', () =>
    withModel(async ({ root, take }) => {
      await mkdir(join(root, 'empty'));
      await assert.rejects(take(join(root, 'empty')), fails('NotFound', /empty folder/));
    }));
});

describe('a local file', () => {
  test('keeps its name, and its own digest is told', () =>
    withModel(async ({ model, take }) => {
      const { path, sha256 } = await take(join(model, 'model.json'));
      assert.match(path, /\/model\.json$/);
      assert.equal(sha256, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e');
    }));
});

describe('a tree in the cache', () => {
  for (const [what, damage] of [
    ['a flipped bit', (file: string) => writeFile(file, 'wEights')],
    ['a cut file', (file: string) => truncate(file, 3)],
  ] as const) {
    test(`${what} is found, set aside, and the model copied anew`, () =>
      withModel(async ({ cache, take }) => {
        const first = await take();
        const file = join(first.path, 'parts/weights.bin');
        await chmod(file, 0o600);
        await damage(file);
        const second = await take();
        assert.equal(second.digest, first.digest);
        assert.equal(second.fromCache, false);
        assert.equal(await readFile(join(second.path, 'parts/weights.bin'), 'utf8'), 'weights');
        assert.deepEqual(await readdir(join(cache, 'quarantine')), [first.digest]);
      }));
  }

  test('a damaged record is no record', () =>
    withModel(async ({ cache, take }) => {
      const first = await take();
      await writeFile(join(cache, 'records', `${first.digest}.json`), '{"digest":');
      const second = await take();
      assert.equal(second.digest, first.digest);
      assert.equal(await readFile(join(second.path, 'model.json'), 'utf8'), 'first');
    }));
});

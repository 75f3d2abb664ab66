import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { StorageError } from '../storage-error.ts';
import { ModelCache, type StoredTree } from './cache.ts';
import { listCache, pruneCache, removeFromCache, verifyCache } from './manage-cache.ts';
import { pinTree, unpinTree } from './tree-pins.ts';
import { TreeUses } from './tree-uses.ts';

async function withCache(
  work: (folder: string, add: (name: string, bytes: number, hoursAgo?: number) => Promise<StoredTree>) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const cache = new ModelCache(folder.path);
  await work(folder.path, async (name, bytes, hoursAgo = 1) => {
    const tree = await cache.add({ source: `s3://models/${name}` }, (draft) =>
      writeFile(join(draft, 'model.bin'), Buffer.alloc(bytes, name)),
    );
    const then = new Date(Date.now() - hoursAgo * 3_600_000);
    await utimes(cache.records.path(tree.digest), then, then);
    return tree;
  });
}

const sources = (models: readonly { readonly source: string }[]) =>
  models.map(({ source }) => source.replace('s3://models/', ''));
const inUse = (thrown: unknown) => thrown instanceof StorageError && /in use|is kept by/.test(thrown.message);

test('the list has the latest used first, with size and owner', () =>
  withCache(async (folder, add) => {
    await add('old', 100, 5);
    const young = await add('young', 50, 1);
    await pinTree(folder, { owner: 'LocalModelCache/iris', digest: young.digest });
    const models = await listCache(folder);
    assert.deepEqual(sources(models), ['young', 'old']);
    assert.deepEqual([models[0]?.bytes, models[0]?.files], [50, 1]);
    assert.deepEqual(models[0]?.pinnedBy, ['LocalModelCache/iris']);
    assert.deepEqual(await listCache(join(folder, 'nothing')), []);
  }));

describe('pruning', () => {
  test('takes the longest unused until the rest fits', () =>
    withCache(async (folder, add) => {
      await add('a', 100, 9);
      await add('b', 100, 1);
      await add('c', 100, 5);
      const { removed, freedBytes, keptBytes } = await pruneCache(folder, { maxBytes: 150 });
      assert.deepEqual(sources(removed), ['a', 'c']);
      assert.deepEqual([freedBytes, keptBytes], [200, 100]);
      assert.deepEqual(sources(await listCache(folder)), ['b']);
      assert.equal((await readdir(join(folder, 'trees'))).length, 1);
    }));

  test('leaves what a process uses, what is pinned, kept, or came just now', () =>
    withCache(async (folder, add) => {
      const used = await add('used', 10);
      const pinned = await add('pinned', 10);
      const kept = await add('kept', 10);
      await add('young', 10, 0);
      await add('idle', 10);
      const uses = new TreeUses(folder);
      uses.set([used.digest]);
      await pinTree(folder, { owner: 'me', digest: pinned.digest });
      const first = await pruneCache(folder, { keep: new Set([kept.digest]) });
      assert.deepEqual(sources(first.removed), ['idle']);
      uses.clear();
      await unpinTree(folder, 'me');
      const second = await pruneCache(folder);
      assert.deepEqual(sources(second.removed).sort(), ['kept', 'pinned', 'used']);
    }));

  test('can only tell', () =>
    withCache(async (folder, add) => {
      await add('a', 100);
      assert.deepEqual(sources((await pruneCache(folder, { dryRun: true })).removed), ['a']);
      assert.deepEqual(sources(await listCache(folder)), ['a']);
    }));

  test('clears what broken downloads left, not what goes on', () =>
    withCache(async (folder) => {
      const old = new Date(Date.now() - 48 * 3_600_000);
      for (const name of ['old', 'young']) {
        const path = join(folder, 'partial', name);
        await mkdir(path, { recursive: true });
        await writeFile(join(path, '0'), 'x');
        if (name === 'old') for (const place of [join(path, '0'), path]) await utimes(place, old, old);
      }
      assert.ok((await pruneCache(folder)).freedBytes > 0);
      assert.deepEqual(await readdir(join(folder, 'partial')), ['young']);
    }));
});

describe('removing', () => {
  test('goes by digest or source, and refuses what is used', () =>
    withCache(async (folder, add) => {
      const one = await add('one', 10);
      await add('two', 10);
      const uses = new TreeUses(folder);
      uses.set([one.digest]);
      await assert.rejects(removeFromCache(folder, 's3://models/one'), inUse);
      assert.deepEqual(sources(await removeFromCache(folder, one.digest.slice(0, 12), { force: true })), ['one']);
      assert.deepEqual(sources(await removeFromCache(folder, 's3://models/two')), ['two']);
      await assert.rejects(removeFromCache(folder, 's3://models/two'), /no model/);
      uses.clear();
    }));
});

test('a full check finds every flipped bit', () =>
  withCache(async (folder, add) => {
    const broken = await add('broken', 10);
    await add('whole', 10);
    const file = join(broken.path, 'model.bin');
    await chmod(file, 0o600);
    await writeFile(file, 'brokenbrox');
    const checks = await verifyCache(folder);
    const found = Object.fromEntries(checks.map(({ model, damaged }) => [model.source, damaged]));
    assert.deepEqual(found, { 's3://models/broken': ['model.bin'], 's3://models/whole': [] });
    assert.deepEqual(sources(await listCache(folder)), ['whole']);
  }));

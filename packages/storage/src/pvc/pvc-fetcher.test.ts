import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { FetchedModel } from '../fetcher.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { pvcFetcher } from './pvc-fetcher.ts';

async function withClaim(
  work: (context: { root: string; fetch: (uri: string) => Promise<FetchedModel> }) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const claim = join(folder.path, 'claim');
  await mkdir(join(claim, 'iris'), { recursive: true });
  await writeFile(join(claim, 'iris/model.joblib'), 'iris');
  await writeFile(join(folder.path, 'outside'), 'secret');
  await work({
    root: folder.path,
    fetch: (uri) =>
      pvcFetcher.fetch(uri, {
        cacheFolder: join(folder.path, 'cache'),
        copyUpToBytes: 1000,
        volumes: { store: claim },
      }),
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

describe('pvc://', () => {
  test('names a file or a folder', () =>
    withClaim(async ({ fetch }) => {
      const file = await fetch('pvc://store/iris/model.joblib');
      assert.equal(await readFile(file.path, 'utf8'), 'iris');
      for (const uri of ['pvc://store/iris', 'pvc://store/iris/', 'pvc://store//iris']) {
        assert.equal(await readFile(join((await fetch(uri)).path, 'model.joblib'), 'utf8'), 'iris');
      }
      assert.equal(await readFile(join((await fetch('pvc://store')).path, 'iris/model.joblib'), 'utf8'), 'iris');
    }));

  test('says what is not there', () =>
    withClaim(async ({ fetch }) => {
      await assert.rejects(fetch('pvc://store/no-such-dir'), fails('NotFound', /no-such-dir.*has iris/));
      await assert.rejects(fetch('pvc://other/iris'), fails('NotFound', /other.*--volume other=FOLDER/));
    }));

  for (const uri of [
    'pvc://store/../outside',
    'pvc://store/iris/../../outside',
    'pvc:///iris',
    'pvc://Store/iris',
    'pvc:store',
  ]) {
    test(`${uri} is refused`, () =>
      withClaim(({ fetch }) => assert.rejects(fetch(uri), fails('InvalidStorageUri', /not usable/))));
  }

  test('does not follow links out of the claim', () =>
    withClaim(async ({ root, fetch }) => {
      await symlink('../outside', join(root, 'claim/link'));
      await assert.rejects(fetch('pvc://store/link'), fails('InvalidStorageUri', /outside the folders/));
      await assert.rejects(fetch('pvc://store'), fails('InvalidStorageUri', /outside the folders/));
    }));
});

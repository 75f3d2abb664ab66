import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { zipOf } from '../../test/zip-fixture.ts';
import { fetchModel } from '../fetch-model.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';

function fails(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

async function withModels(work: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'models', 'a b'), { recursive: true });
  await writeFile(join(folder.path, 'models', 'iris.joblib'), 'x');
  await writeFile(join(folder.path, 'secret'), 'x');
  await work(folder.path);
}

test('a path is used where it lies', () =>
  withModels(async (folder) => {
    const options = { cacheFolder: folder, baseFolder: folder };
    const model = join(folder, 'models', 'iris.joblib');
    for (const uri of [
      model,
      './models/iris.joblib',
      'models/../models/iris.joblib',
      `file://${model}`,
      `file://localhost${model}`,
    ]) {
      assert.equal((await fetchModel(uri, options)).path, model, uri);
    }
    const spaced = join(folder, 'models', 'a b');
    assert.equal((await fetchModel(`file://${folder}/models/a%20b`, options)).path, spaced);
    assert.equal((await fetchModel(`file://${folder}/models/a b`, options)).path, spaced);
  }));

test('what is not there is told with what is', () =>
  withModels(async (folder) => {
    const options = { cacheFolder: folder, baseFolder: folder };
    await assert.rejects(fetchModel('models/iris.pkl', options), fails('NotFound', /models has iris\.joblib/));
    await assert.rejects(fetchModel('nowhere/iris.pkl', options), fails('NotFound', /nowhere is not there either/));
  }));

describe('a file URI that tries something', () => {
  const uris: [string, StorageFailureReason][] = [
    ['file:///srv/%2e%2e/etc/passwd', 'InvalidStorageUri'],
    ['file:///srv/../etc/passwd', 'InvalidStorageUri'],
    ['file:///srv/%252e%252e%252fetc', 'InvalidStorageUri'],
    ['file:///srv/..\\..\\etc', 'InvalidStorageUri'],
    ['file://%2e%2e/etc', 'InvalidStorageUri'],
    ['file://host/share', 'InvalidStorageUri'],
    ['file:////host/share', 'InvalidStorageUri'],
    ['FiLe:///etc/passwd', 'InvalidStorageUri'],
    ['file:///etc/passwd', 'InvalidStorageUri'],
    ['file:///proc/self/environ', 'InvalidStorageUri'],
    ['file:///srv/model?x', 'InvalidStorageUri'],
    ['file:///srv/mo\0del', 'InvalidStorageUri'],
    ['/dev/null', 'InvalidStorageUri'],
  ];
  for (const [uri, reason] of uris) {
    test(`${JSON.stringify(uri)} is refused`, () =>
      assert.rejects(fetchModel(uri, { cacheFolder: '/nowhere' }), fails(reason, /./)));
  }
});

test('roots hold against links and names that only begin alike', () =>
  withModels(async (folder) => {
    await symlink(join(folder, 'secret'), join(folder, 'models', 'link'));
    await mkdir(join(folder, 'models-other'));
    const options = { cacheFolder: folder, roots: [join(folder, 'models')] };
    assert.equal((await fetchModel(`${folder}/models/iris.joblib`, options)).fromCache, true);
    await assert.rejects(fetchModel(`${folder}/models/link`, options), fails('InvalidStorageUri', /outside/));
    await assert.rejects(fetchModel(`${folder}/models-other`, options), fails('InvalidStorageUri', /outside/));
    await assert.rejects(fetchModel(`${folder}/models/../secret`, options), fails('InvalidStorageUri', /outside/));
  }));

describe('what is not fetched from is named', () => {
  const uris: [string, RegExp][] = [
    ['https://account.file.core.windows.net/share/m', /Azure Files is not yet supported/],
    ['modelscope://owner/model', /modelscope:\/\/ .*not yet supported/],
    ['https://github.com/o/r.git', /git repository is not yet supported/],
    ['hdfs://x/y', /hdfs:\/\/ .*not yet supported/],
    ['foo://x', /there is no storage "foo:\/\/"/],
  ];
  for (const [uri, text] of uris) {
    test(uri, () => assert.rejects(fetchModel(uri, { cacheFolder: '/nowhere' }), fails('StorageNotSupported', text)));
  }
});

describe('an archive on this machine', () => {
  const files = [{ name: 'model.pkl', content: 'weights' }];
  const hostile = [...files, { name: '../evil', content: 'x' }];
  const kinds: [string, Buffer, Buffer][] = [
    ['model.tar', tarOf(files), tarOf(hostile)],
    ['model.tar.gz', gzipSync(tarOf(files)), gzipSync(tarOf(hostile))],
    ['model.zip', zipOf(files), zipOf(hostile)],
  ];
  for (const [name, bytes, hostileBytes] of kinds) {
    test(`${name} is unpacked once`, async () => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, name);
      const options = { cacheFolder: join(folder.path, 'cache') };
      await writeFile(file, bytes);
      const first = await fetchModel(file, options);
      assert.equal(await readFile(join(first.path, 'model.pkl'), 'utf8'), 'weights');
      assert.deepEqual([first.fromCache, (await fetchModel(file, options)).fromCache], [false, true]);
    });
    test(`${name} that reaches out is refused and leaves nothing`, async () => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, name);
      await writeFile(file, hostileBytes);
      const fetch = fetchModel(file, { cacheFolder: join(folder.path, 'cache') });
      await assert.rejects(fetch, fails('ArchiveRefused', /\.\.|relative path/));
      assert.deepEqual(await readdir(join(folder.path, 'cache', 'trees')).catch(() => []), []);
    });
  }
});

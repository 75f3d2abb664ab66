import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../../test/temporary-folder.ts';
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

describe('schemes of later work are named', () => {
  const uris: [string, RegExp][] = [
    ['s3://bucket/model', /s3:\/\/ .*not yet supported/],
    ['gs://kfserving-examples/models/torchscript', /gs:\/\/ .*not yet supported/],
    ['hf://owner/model', /hf:\/\/ .*not yet supported/],
    ['pvc://claim/model', /pvc:\/\/ .*not yet supported/],
    ['oci://registry/image', /oci:\/\/ .*not yet supported/],
    ['https://account.blob.core.windows.net/c/m', /Azure Blob Storage is not yet supported/],
    ['https://github.com/o/r.git', /git repository is not yet supported/],
    ['hdfs://x/y', /hdfs:\/\/ .*not yet supported/],
    ['foo://x', /there is no storage "foo:\/\/"/],
  ];
  for (const [uri, text] of uris) {
    test(uri, () => assert.rejects(fetchModel(uri, { cacheFolder: '/nowhere' }), fails('StorageNotSupported', text)));
  }
});

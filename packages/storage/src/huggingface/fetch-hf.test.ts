import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type HubOptions, type HubStub, serveHub } from '../../test/hub-stub.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { fetchModel } from '../fetch-model.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { hfLocation } from './hf-uri.ts';

const FILES = {
  'config.json': Buffer.from('{"model": "iris"}'),
  'onnx/model ä.bin': Buffer.alloc(3000, 'weights'),
  empty: Buffer.alloc(0),
};

async function withHub(
  options: Partial<HubOptions>,
  work: (
    fetch: (uri?: string, more?: Partial<FetchOptions>, env?: Record<string, string>) => Promise<FetchedModel>,
    hub: HubStub,
  ) => Promise<void>,
): Promise<void> {
  await using hub = await serveHub({ files: FILES, ...options });
  await using folder = await temporaryFolder();
  await work(
    (uri = 'hf://acme/iris', more = {}, env = {}) =>
      fetchModel(uri, {
        cacheFolder: join(folder.path, 'cache'),
        processEnv: { HF_ENDPOINT: `${hub.url}/` },
        credentials: { env, files: {}, caBundles: [] },
        maxAttempts: 1,
        ...more,
      }),
    hub,
  );
}

function fails(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

describe('a model of the Hub', () => {
  for (const isTerse of [false, true]) {
    test(`comes whole, at one commit${isTerse ? ', from a mirror that tells names only' : ''}`, () =>
      withHub({ isTerse }, async (fetch, hub) => {
        const { path } = await fetch();
        assert.deepEqual(await readFile(join(path, 'onnx/model ä.bin')), FILES['onnx/model ä.bin']);
        assert.deepEqual((await readdir(path)).sort(), ['config.json', 'empty', 'onnx']);
        const asked = hub.requests.filter(({ url }) => url.includes('/resolve/'));
        assert.ok(asked.every(({ url }) => url.includes(`/resolve/${hub.commit}/`)));
      }));
  }

  test('is not downloaded again while its commit stays', () =>
    withHub({}, async (fetch, hub) => {
      const first = await fetch();
      const before = hub.requests.length;
      assert.equal((await fetch('hf://acme/iris')).path, first.path);
      assert.equal(hub.requests.length, before + 1);
    }));

  test('comes at a revision, and only the files that are wanted', () =>
    withHub({}, async (fetch) => {
      const { path } = await fetch('hf://acme/iris:v1', { allow: '["*.json"]' });
      assert.deepEqual(await readdir(path), ['config.json']);
      await assert.rejects(fetch('hf://acme/iris:v2'), fails('NotFound', /no revision "v2"/));
    }));

  test('that is private wants a token, which no message shows', () =>
    withHub({ token: 'hf_planted' }, async (fetch, hub) => {
      await assert.rejects(fetch(), fails('AccessDenied', /private and needs HF_TOKEN/));
      await assert.rejects(fetch(undefined, {}, { HF_TOKEN: 'hf_wrong' }), (thrown) => {
        assert.doesNotMatch(String((thrown as Error).message), /hf_wrong/);
        return fails('AccessDenied', /may not see it/)(thrown);
      });
      assert.equal((await fetch(undefined, {}, { HF_TOKEN: 'hf_planted' })).fromCache, false);
      assert.ok(hub.requests.some(({ headers }) => headers.authorization === 'Bearer hf_planted'));
    }));

  test("of an endpoint that a service names is not asked with the owner's token", () =>
    withHub({}, async (fetch, hub) => {
      await fetch(undefined, { processEnv: { HF_TOKEN: 'hf_owner' } }, { HF_ENDPOINT: hub.url });
      assert.ok(hub.requests.length > 0);
      assert.ok(hub.requests.every(({ headers }) => headers.authorization === undefined));
    }));

  test('that is gated says what to do', () =>
    withHub({ token: 'hf_planted', isGated: true }, async (fetch) => {
      await assert.rejects(fetch(), fails('AccessDenied', /gated model; accept its terms/));
    }));

  for (const file of Object.keys(FILES).slice(0, 2)) {
    test(`whose ${file} is not what the Hub says is not served`, () =>
      withHub({ damage: (path, bytes) => (path === file ? Buffer.alloc(bytes.length) : bytes) }, (fetch) =>
        assert.rejects(fetch(), fails('DigestMismatch', /as its store says/)),
      ));
  }

  test('that is not there is said so', () =>
    withHub({}, (fetch) => assert.rejects(fetch('hf://acme/other'), fails('NotFound', /no such model/))));

  test('is used from the cache without the network', async () => {
    await using folder = await temporaryFolder();
    const options = { cacheFolder: folder.path, maxAttempts: 1 };
    const hub = await serveHub({ files: FILES });
    const processEnv = { HF_ENDPOINT: hub.url };
    const first = await fetchModel('hf://acme/iris', { ...options, processEnv });
    await hub[Symbol.asyncDispose]();
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const second = await fetchModel('hf://acme/iris', { ...options, processEnv, onWarning });
    assert.equal(second.path, first.path);
    assert.match(warnings.join(), /the copy from an earlier download is used/);
  });
});

describe('an hf URI', () => {
  test('has an owner, a model and perhaps a revision', () => {
    assert.deepEqual(hfLocation('hf://acme/iris'), { owner: 'acme', model: 'iris', revision: 'main' });
    assert.equal(hfLocation('hf://acme/iris:refs/pr/1').revision, 'refs/pr/1');
  });
  for (const uri of [
    'hf://iris',
    'hf://a/b/c',
    'hf://',
    'hf:///b',
    'hf://a/../b',
    'hf://a/b:',
    'hf://a/b:../c',
    'hf:a/b',
  ]) {
    test(`${uri} is refused`, () => assert.throws(() => hfLocation(uri), fails('InvalidStorageUri', /not usable/)));
  }
});

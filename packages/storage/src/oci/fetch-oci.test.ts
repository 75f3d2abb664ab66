import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type RegistryStub, serveRegistry } from '../../test/registry-stub.ts';
import { type TarFixtureEntry, tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { fetchModel } from '../fetch-model.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { registryLogin } from './docker-config.ts';
import { isLoopbackRegistry, ociReference } from './oci-reference.ts';

const LOGIN = { username: 'me', password: 'planted:password' };

async function withRegistry(
  login: typeof LOGIN | undefined,
  work: (
    registry: RegistryStub,
    fetch: (version?: string, options?: Partial<FetchOptions>) => Promise<FetchedModel>,
    cache: string,
  ) => Promise<void>,
): Promise<void> {
  await using registry = await serveRegistry(login);
  await using folder = await temporaryFolder();
  const cache = join(folder.path, 'cache');
  const fetch = (version = ':v1', options: Partial<FetchOptions> = {}) =>
    fetchModel(`oci://${registry.host}/acme/iris${version}`, {
      cacheFolder: cache,
      maxAttempts: 1,
      processEnv: {},
      ...options,
    });
  await work(registry, fetch, cache);
}

/** Pushes an image of layers under the tag `v1`; returns the manifest's digest. */
function push(registry: RegistryStub, layers: readonly Buffer[], tag = 'v1'): string {
  const digest = registry.add({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    layers: layers.map((bytes) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: registry.add(bytes),
      size: bytes.length,
    })),
  });
  registry.tag(tag, digest);
  return digest;
}

const layer = (entries: readonly TarFixtureEntry[]) => gzipSync(tarOf(entries));
const file = (name: string, content = name): TarFixtureEntry => ({ name, content });

function fails(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

async function tree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('an image', () => {
  test('gives what lies under /models, whatever else it has', () =>
    withRegistry(undefined, async (registry, fetch) => {
      const base = layer([
        file('etc/passwd'),
        { name: 'bin/sh', type: '2', link: 'busybox' },
        { name: 'dev/null', type: '3' },
        { name: './models/', type: '5' },
        file('./models/config.json'),
      ]);
      push(registry, [base, layer([file('models/1/model.onnx', 'graph'), file('modelsother/x')])]);
      const { path } = await fetch();
      assert.deepEqual(await tree(path), ['1/model.onnx', 'config.json']);
      assert.equal(await readFile(join(path, '1/model.onnx'), 'utf8'), 'graph');
    }));

  test('may be packed with gzip, with zstd or not at all', () =>
    withRegistry(undefined, async (registry, fetch) => {
      push(registry, [
        layer([file('models/a')]),
        zstdCompressSync(tarOf([file('models/b')])),
        tarOf([file('models/c')]),
        tarOf([]),
      ]);
      assert.deepEqual(await tree((await fetch()).path), ['a', 'b', 'c']);
    }));

  test('has no more what a later layer deletes or replaces', () =>
    withRegistry(undefined, async (registry, fetch) => {
      push(registry, [
        layer([
          file('models/gone'),
          file('models/stays'),
          file('models/d/old'),
          file('models/x', 'file'),
          file('models/f/g'),
        ]),
        layer([
          file('models/d/new'),
          file('models/.wh.gone', ''),
          file('models/d/.wh..wh..opq', ''),
          file('models/x/y'),
          file('models/f', 'now a file'),
        ]),
      ]);
      const { path } = await fetch();
      assert.deepEqual(await tree(path), ['d/new', 'f', 'stays', 'x/y']);
    }));

  for (const name of ['models/.wh..', 'models/.wh...', 'models/d/.wh..', 'models/.wh.', '.wh..', '.wh...']) {
    test(`is whole where a layer deletes what is no name: ${name}`, () =>
      withRegistry(undefined, async (registry, fetch) => {
        push(registry, [layer([file('models/a'), file('models/d/b')]), layer([file(name, ''), file('models/c')])]);
        assert.deepEqual(await tree((await fetch()).path), ['a', 'c', 'd/b']);
      }));
  }

  test('may delete all of /models and begin anew', () =>
    withRegistry(undefined, async (registry, fetch) => {
      push(registry, [layer([file('models/a')]), layer([file('.wh.models', '')]), layer([file('models/b')])]);
      assert.deepEqual(await tree((await fetch()).path), ['b']);
    }));

  test('is chosen from an index for this machine', () =>
    withRegistry(undefined, async (registry, fetch) => {
      const own = push(registry, [layer([file('models/own')])], 'own');
      const other = push(registry, [layer([file('models/other')])], 'other');
      const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
      const index = registry.add({
        schemaVersion: 2,
        manifests: [
          { digest: other, size: 1, platform: { os: 'linux', architecture: 'riscv64' } },
          { digest: other, size: 1, platform: { os: 'unknown', architecture: 'unknown' } },
          { digest: own, size: 1, platform: { os: 'linux', architecture } },
        ],
      });
      registry.tag('v1', index);
      assert.deepEqual(await tree((await fetch()).path), ['own']);
      assert.deepEqual(await tree((await fetch(`@${other}`)).path), ['other']);
    }));

  test('comes from a registry that knows no ranges', () =>
    withRegistry(undefined, async (registry, fetch) => {
      registry.ignoresRanges = true;
      push(registry, [layer([file('models/a')])]);
      assert.deepEqual(await tree((await fetch()).path), ['a']);
    }));

  test('is not downloaded again while its layers stay', () =>
    withRegistry(undefined, async (registry, fetch) => {
      push(registry, [layer([file('models/a')])]);
      const first = await fetch();
      const before = registry.requests.filter(({ url }) => url.includes('/blobs/')).length;
      assert.equal((await fetch()).path, first.path);
      assert.equal(registry.requests.filter(({ url }) => url.includes('/blobs/')).length, before);
    }));

  test('has only the files that the patterns want', () =>
    withRegistry(undefined, async (registry, fetch) => {
      push(registry, [layer([file('models/a.json'), file('models/b/c.bin')])]);
      assert.deepEqual(await tree((await fetch(':v1', { ignore: '*.bin' })).path), ['a.json']);
    }));

  test('of an artifact keeps the titles of its files', () =>
    withRegistry(undefined, async (registry, fetch) => {
      const bytes = Buffer.from('weights');
      const digest = registry.add({
        schemaVersion: 2,
        layers: [
          {
            mediaType: 'application/octet-stream',
            digest: registry.add(bytes),
            size: bytes.length,
            annotations: { 'org.opencontainers.image.title': 'a/model.bin' },
          },
        ],
      });
      registry.tag('v1', digest);
      assert.deepEqual(await tree((await fetch()).path), ['a/model.bin']);
    }));
});

describe('an image that is not right', () => {
  test('with other bytes in a layer is not served', () =>
    withRegistry(undefined, async (registry, fetch, cache) => {
      const bytes = layer([file('models/a')]);
      push(registry, [bytes]);
      registry.damage = (_digest, sent) => (sent.equals(bytes) ? Buffer.alloc(bytes.length) : sent);
      await assert.rejects(fetch(), fails('DigestMismatch', /sha256/));
      assert.deepEqual(await readdir(join(cache, 'trees')).catch(() => []), []);
    }));

  test('with another manifest than its digest names is not served', () =>
    withRegistry(undefined, async (registry, fetch) => {
      const digest = push(registry, [layer([file('models/a')])]);
      registry.damage = (asked, sent) => (asked === digest ? Buffer.concat([sent, Buffer.from(' ')]) : sent);
      await assert.rejects(fetch(`@${digest}`), fails('DigestMismatch', /manifest/));
    }));

  for (const [what, entry] of [
    ['reaches out', file('models/../../evil')],
    ['links', { name: 'models/a', type: '2', link: '/etc/passwd' }],
    ['is linked to', { name: 'models', type: '2', link: '/etc' }],
  ] as const) {
    test(`whose layer ${what} is refused`, () =>
      withRegistry(undefined, async (registry, fetch, cache) => {
        push(registry, [layer([file('models/ok'), entry])]);
        await assert.rejects(fetch(), fails('ArchiveRefused', /refused/));
        for (const folder of ['trees', 'drafts']) {
          assert.deepEqual(await readdir(join(cache, folder)).catch(() => []), []);
        }
      }));
  }

  test('without models is said so', () =>
    withRegistry(undefined, async (registry, fetch) => {
      push(registry, [layer([file('app/main')])]);
      await assert.rejects(fetch(), fails('NotFound', /no files under \/models/));
      await assert.rejects(fetch(':v2'), fails('NotFound', /has no image v2/));
    }));

  test('that is no image is said so', () =>
    withRegistry(undefined, async (registry, fetch) => {
      registry.tag('v1', registry.add(Buffer.from('<html>')));
      await assert.rejects(fetch(), fails('DownloadFailed', /no image/));
    }));
});

describe('a private registry', () => {
  const config = (host: string) =>
    JSON.stringify({
      auths: { [host]: { auth: Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64') } },
    });

  test('is asked with the login of the Secret, by a token', () =>
    withRegistry(LOGIN, async (registry, fetch) => {
      push(registry, [layer([file('models/a')])]);
      const path = '/mnt/oci/config.json';
      const credentials = {
        env: { KSERVE_OCI_DOCKER_CONFIG: path },
        files: { [path]: config(registry.host) },
        caBundles: [],
      };
      assert.deepEqual(await tree((await fetch(':v1', { credentials })).path), ['a']);
    }));

  test("is asked with the owner's own login where the service has none", () =>
    withRegistry(LOGIN, async (registry, fetch, cache) => {
      push(registry, [layer([file('models/a')])]);
      await writeFile(join(cache, '../config.json'), config(registry.host));
      assert.deepEqual(await tree((await fetch(':v1', { processEnv: { DOCKER_CONFIG: join(cache, '..') } })).path), [
        'a',
      ]);
    }));

  test('without a login, or with a wrong one, says what to do and no secret', () =>
    withRegistry(LOGIN, async (registry, fetch) => {
      push(registry, [layer([file('models/a')])]);
      await assert.rejects(fetch(), fails('AccessDenied', /needs a login/));
      const credentials = {
        env: { KSERVE_OCI_DOCKER_CONFIG: '/c' },
        files: { '/c': JSON.stringify({ auths: { [registry.host]: { username: 'x', password: 'planted' } } }) },
        caBundles: [],
      };
      await assert.rejects(fetch(':v1', { credentials }), (thrown) => {
        assert.doesNotMatch(String((thrown as Error).message), /planted/);
        return fails('AccessDenied', /the login has no access/)(thrown);
      });
    }));
});

describe('a reference', () => {
  const cases: [string, string, string, string][] = [
    ['oci://ghcr.io/acme/iris:v1', 'ghcr.io', 'acme/iris', 'v1'],
    ['oci+fetch://localhost:5000/iris', 'localhost:5000', 'iris', 'latest'],
    ['oci+native://acme/iris', 'registry-1.docker.io', 'acme/iris', 'latest'],
    ['oci://iris:2', 'registry-1.docker.io', 'library/iris', '2'],
    ['oci://docker.io/iris', 'registry-1.docker.io', 'library/iris', 'latest'],
    [`oci://r.io/a/b:v1@sha256:${'0'.repeat(64)}`, 'r.io', 'a/b', `sha256:${'0'.repeat(64)}`],
  ];
  for (const [uri, registry, repository, version] of cases) {
    test(uri.slice(0, 40), () => {
      const reference = ociReference(uri);
      assert.deepEqual([reference.registry, reference.repository, reference.version], [registry, repository, version]);
    });
  }
  for (const uri of [
    'oci://',
    'oci:x',
    'oci://r.io/',
    'oci://r.io/A',
    'oci://r.io/a:b c',
    'oci://r.io/../a',
    'oci://u@r.io/a',
    'oci://r.io/a@sha256:0',
    'oci://r.io/a?b',
  ]) {
    test(`${uri} is refused`, () => assert.throws(() => ociReference(uri), fails('InvalidStorageUri', /not usable/)));
  }
  test('to this machine may go without TLS, to no other', () => {
    for (const host of ['localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000'])
      assert.ok(isLoopbackRegistry(host));
    for (const host of ['localhost.evil.io', '127.0.0.1.evil.io', '10.0.0.1', 'r.io:127'])
      assert.ok(!isLoopbackRegistry(host));
  });
});

test("a docker config's longest path wins", () => {
  const auths = {
    'https://index.docker.io/v1/': { username: 'hub', password: 'p' },
    'r.io': { username: 'all', password: 'p' },
    'r.io/acme': { auth: Buffer.from('acme:p').toString('base64') },
  };
  const config = JSON.stringify({ auths });
  assert.equal(registryLogin(config, 'r.io', 'acme/iris')?.username, 'acme');
  assert.equal(registryLogin(config, 'r.io', 'acmeother/iris')?.username, 'all');
  assert.equal(registryLogin(config, 'registry-1.docker.io', 'library/iris')?.username, 'hub');
  for (const text of ['', '{', 'null', '[]', '{"auths": 1}', '{"auths": {"r.io": null}}']) {
    assert.equal(registryLogin(text, 'r.io', 'a'), undefined);
  }
});

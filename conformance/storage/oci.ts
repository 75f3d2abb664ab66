/** `oci://` against Debian's docker-registry. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type FetchOptions, fetchModel, StorageError } from '@berth/storage';
import { type DockerRegistry, startDockerRegistry } from './docker-registry.ts';

/** Where checks are told. */
export interface Checks {
  check(name: string, work: () => Promise<void>): Promise<void>;
  skip(name: string, why: string): void;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** Pushes images with other hands than it pulls with, and pulls them. */
export async function checkOci(checks: Checks): Promise<void> {
  await using registry = await startDockerRegistry();
  if (registry === undefined) {
    checks.skip('oci', 'there is no docker-registry and no apt to get it');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'conformance-oci-'));
  const fetch = (name: string, more: Partial<FetchOptions> = {}) =>
    fetchModel(`oci://${registry.host}/${name}`, { cacheFolder: join(folder, 'cache'), processEnv: {}, ...more });
  const tar = (files: Readonly<Record<string, string>>) => tarOf(folder, files);
  try {
    const lower = gzipSync(tar({ 'models/config.json': '{}', 'models/old.bin': 'old', 'etc/hostname': 'x' }));
    const upper = zstdCompressSync(tar({ 'models/1/model.onnx': 'graph', 'models/.wh.old.bin': '' }));
    const image = await pushImage(registry, 'acme/iris', 'v1', [
      [lower, `${LAYER}+gzip`],
      [upper, `${LAYER}+zstd`],
    ]);

    await checks.check('oci pulls the models of an image, gzip and zstd, with what was deleted gone', async () => {
      const { path } = await fetch('acme/iris:v1');
      assert.deepEqual(await filesOf(path), ['1/model.onnx', 'config.json']);
      assert.equal(readFileSync(join(path, '1/model.onnx'), 'utf8'), 'graph');
    });
    await checks.check('oci pulls by digest, and not twice', async () => {
      const first = await fetch(`acme/iris@${image}`);
      assert.equal((await fetch(`acme/iris@${image}`)).fromCache, true);
      assert.equal(first.digest, (await fetch('acme/iris:v1')).digest);
    });
    await checks.check('oci chooses the image of an index', async () => {
      const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
      const manifests = [
        { mediaType: MANIFEST, digest: image, size: await sizeOf(registry, 'acme/iris', image), platform },
      ];
      await registry.manifest('acme/iris', 'multi', { schemaVersion: 2, mediaType: INDEX, manifests });
      assert.deepEqual(await filesOf((await fetch('acme/iris:multi')).path), ['1/model.onnx', 'config.json']);
    });
    await checks.check('oci pulls a large layer in parts', async () => {
      const content = 'abcdefghijk'.repeat(4_000_000);
      await pushImage(registry, 'acme/large', 'v1', [[tar({ 'models/weights.bin': content }), LAYER]]);
      const { path } = await fetch('acme/large:v1');
      assert.equal(readFileSync(join(path, 'weights.bin'), 'utf8') === content, true);
    });
    await checks.check('oci says what is not there', () =>
      assert.rejects(fetch('acme/iris:v9'), (thrown) => thrown instanceof StorageError && thrown.reason === 'NotFound'),
    );
    await checkLogin(checks, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `planted` by bcrypt. */
const HTPASSWD = 'me:$2b$05$wO2kGvGfXWnNvQ7yN5s0UeUe1fUq8jE1vGfU8M8bYhJmO7kZ3kZ1W\n';

async function checkLogin(checks: Checks, folder: string): Promise<void> {
  await using registry = await startDockerRegistry(HTPASSWD);
  if (registry === undefined) return;
  await checks.check('oci tells a registry that needs a login, and shows no password', async () => {
    const uri = `oci://${registry.host}/acme/iris:v1`;
    const file = '/config.json';
    const auths = { [registry.host]: { username: 'me', password: 'planted-and-wrong' } };
    for (const files of [{}, { [file]: JSON.stringify({ auths }) }]) {
      const credentials = { env: { KSERVE_OCI_DOCKER_CONFIG: file }, files, caBundles: [] };
      await assert.rejects(fetchModel(uri, { cacheFolder: folder, processEnv: {}, credentials }), (thrown) => {
        assert.ok(thrown instanceof StorageError);
        assert.equal(thrown.reason, 'AccessDenied');
        assert.doesNotMatch(thrown.message, /planted/);
        return true;
      });
    }
  });
}

async function pushImage(
  registry: DockerRegistry,
  repository: string,
  tag: string,
  layers: readonly (readonly [bytes: Buffer, mediaType: string])[],
): Promise<string> {
  const config = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
  return registry.manifest(repository, tag, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await registry.blob(repository, config),
      size: config.length,
    },
    layers: await Promise.all(
      layers.map(async ([bytes, mediaType]) => ({
        mediaType,
        digest: await registry.blob(repository, bytes),
        size: bytes.length,
      })),
    ),
  });
}

async function sizeOf(registry: DockerRegistry, repository: string, digest: string): Promise<number> {
  const headers = { accept: MANIFEST };
  const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${digest}`, { headers });
  return (await answer.arrayBuffer()).byteLength;
}

/** The system's own tar, so that archives come from other hands than they are read with. */
function tarOf(folder: string, files: Readonly<Record<string, string>>): Buffer {
  const root = mkdtempSync(join(folder, 'tar-'));
  for (const [name, content] of Object.entries(files)) {
    execFileSync('mkdir', ['-p', join(root, name, '..')]);
    writeFileSync(join(root, name), content);
  }
  const names = [...new Set(Object.keys(files).map((name) => name.split('/')[0] as string))];
  return execFileSync('tar', ['-C', root, '-cf', '-', ...names], { maxBuffer: 1e9 });
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

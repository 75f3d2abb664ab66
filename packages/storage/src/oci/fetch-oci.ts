import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchRemote } from '../download/fetch-remote.ts';
import { fetchKey } from '../fetch-key.ts';
import { DEFAULT_LIMITS, type FetchedModel, type FetchOptions } from '../fetcher.ts';
import { createHttpAccess } from '../http/http-access.ts';
import { systemResolver } from '../http/url-rules.ts';
import type { RemoteLocation } from '../remote/remote-location.ts';
import { StorageError } from '../storage-error.ts';
import { applyLayers, type LayerFile } from './apply-layers.ts';
import { type RegistryLogin, registryLogin } from './docker-config.ts';
import { chooseImage, goArchitecture, type OciLayer, readManifest } from './manifest.ts';
import { type OciReference, ociReference } from './oci-reference.ts';
import { Registry } from './registry.ts';

const MAX_CONFIG_BYTES = 1024 * 1024;
/** An index of indexes is nothing that people push. */
const MAX_INDEXES = 3;

/** Brings the `/models` of an image in a registry into the cache. @throws StorageError */
export async function fetchOci(uri: string, options: FetchOptions): Promise<FetchedModel> {
  const reference = ociReference(uri);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let layers: readonly OciLayer[] = [];
  return fetchRemote(
    {
      key: fetchKey(uri, options),
      source: uri,
      open: async () => {
        const access = createHttpAccess(options, systemResolver);
        const login = await loginFor(reference, options);
        const registry = new Registry(reference, { access, login });
        const location: RemoteLocation = {
          prefix: '',
          store: {
            name: registry.name,
            async *list(_prefix, signal) {
              layers = await imageLayers(registry, reference, signal);
              // A layer that is there twice is downloaded once.
              for (const layer of new Map(layers.map((one) => [one.digest, one])).values()) {
                const { digest, size, sha256 } = layer;
                yield { key: digest, path: sha256, size, sha256 };
              }
            },
            read: (object, range, signal) => registry.blob(object, range, signal),
            close: async () => access.egress.close(),
          },
        };
        return location;
      },
      arrange: async (files, draft, scratch) => {
        const byDigest = new Map(files.map((file) => [file.path, file.file]));
        const found = layers.map((layer): LayerFile => ({ layer, file: byDigest.get(layer.sha256) as string }));
        let doneBytes = 0;
        await applyLayers(found, draft, scratch, {
          ...limits,
          signal: options.signal,
          onBytes: (count) => {
            doneBytes += count;
            options.onProgress?.({ phase: 'unpacking', doneBytes });
          },
        });
      },
    },
    options,
  );
}

/** The layers of the image for this machine, its manifest held against the digest that names it. */
async function imageLayers(
  registry: Registry,
  reference: OciReference,
  signal: AbortSignal | undefined,
): Promise<readonly OciLayer[]> {
  let { version, isDigest } = reference;
  for (let indexes = 0; indexes <= MAX_INDEXES; indexes++) {
    const text = await registry.manifest(version, signal);
    const found = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    if (isDigest && found !== version) {
      throw new StorageError(
        'DigestMismatch',
        `${registry.name}: the manifest has the digest ${found}, not ${version}`,
      );
    }
    const manifest = readManifest(text, registry.name);
    if (manifest.kind === 'image') return manifest.layers;
    const image = chooseImage(manifest.images, goArchitecture(process.arch));
    if (image === undefined) throw new StorageError('NotFound', `${registry.name}: the index has no image`);
    version = image.digest;
    isDigest = true;
  }
  throw new StorageError('DownloadFailed', `${registry.name}: its indexes lead nowhere`);
}

/** The login of the service's own config.json, else of whoever runs Berth. */
async function loginFor(reference: OciReference, options: FetchOptions): Promise<RegistryLogin | undefined> {
  const { credentials, processEnv = {} } = options;
  const given = credentials?.files[credentials.env.KSERVE_OCI_DOCKER_CONFIG ?? ''];
  if (given !== undefined) return registryLogin(given, reference.registry, reference.repository);
  const { DOCKER_CONFIG: folder, HOME: home } = processEnv;
  const file = folder ? join(folder, 'config.json') : home ? join(home, '.docker', 'config.json') : undefined;
  if (file === undefined) return undefined;
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true || facts.size > MAX_CONFIG_BYTES) return undefined;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : registryLogin(text, reference.registry, reference.repository);
}

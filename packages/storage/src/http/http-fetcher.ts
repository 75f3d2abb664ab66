import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { archiveKind } from '../archive/archive-kind.ts';
import { isDeclaredArchive } from '../archive/archive-name.ts';
import { unpack } from '../archive/unpack.ts';
import { type CacheReference, ModelCache } from '../cache/cache.ts';
import { fileDigest } from '../cache/hash-files.ts';
import { withLock } from '../cache/lock.ts';
import { DEFAULT_LIMITS, type FetchedModel, type Fetcher, type FetchOptions } from '../fetcher.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import { type BodyFacts, download } from './download.ts';
import { checkUrl, type Resolver, systemResolver } from './url-rules.ts';

/** Types that are pages for people, not models: most often a login or an error page. */
const PAGE_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);

/** `http://` and `https://`: one file, or an archive that is unpacked, into the cache. */
export function createHttpFetcher(resolver: Resolver = systemResolver): Fetcher {
  return {
    schemes: ['http', 'https'],
    async fetch(uri: string, options: FetchOptions): Promise<FetchedModel> {
      const url = checkUrl(uri).href;
      const cache = new ModelCache(options.cacheFolder);
      const onWait = () => options.onProgress?.({ phase: 'waiting', doneBytes: 0 });
      try {
        const work = () => fetchLocked(url, cache, options, resolver);
        return await withLock(cache.lockPath(url), work, { signal: options.signal, onWait });
      } catch (thrown) {
        throw fromFileSystemError(thrown, 'writing the model to the cache');
      }
    },
  };
}

async function fetchLocked(
  url: string,
  cache: ModelCache,
  options: FetchOptions,
  resolver: Resolver,
): Promise<FetchedModel> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let known = await cache.lookUp(url);
  // A damaged copy is worth nothing: it must not keep the server from sending the whole.
  if (known !== undefined && (await cache.use(known.digest)) === undefined) known = undefined;
  const folder = cache.partialFolder(url);
  const wanted = options.sha256?.toLowerCase();
  if (known !== undefined && wanted !== undefined && wanted === known.sha256) {
    const tree = await cached(cache, known);
    if (tree !== undefined) return tree;
  }
  let result: Awaited<ReturnType<typeof download>>;
  try {
    result = await download(url, {
      folder,
      resolver,
      policy: { author: options.author ?? 'operator', strictEgress: options.strictEgress ?? false },
      credentials: options.headers ?? {},
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
      maxAttempts: options.maxAttempts ?? 5,
      maxBytes: limits.maxBytes,
      signal: options.signal,
      onProgress: options.onProgress,
      known: wanted === undefined ? known : undefined,
    });
  } catch (thrown) {
    const isOutage = thrown instanceof StorageError && thrown.reason === 'DownloadFailed';
    if (known === undefined || wanted !== undefined || !isOutage) throw thrown;
    const tree = await cached(cache, known);
    if (tree === undefined) throw thrown;
    options.onWarning?.(`${thrown.message}; the copy from an earlier download is used`);
    return tree;
  }
  if (result.unchanged) {
    const tree = known === undefined ? undefined : await cached(cache, known);
    if (tree !== undefined) return tree;
    throw new StorageError('DownloadFailed', `${new URL(url).origin} answers 304 to a plain request`);
  }
  const { file, facts } = result;
  try {
    return await store(url, file, facts, cache, { ...options, limits, sha256: wanted });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function store(
  url: string,
  file: string,
  facts: BodyFacts,
  cache: ModelCache,
  options: Omit<FetchOptions, 'sha256' | 'limits'> & {
    sha256: string | undefined;
    limits: { maxBytes: number; maxEntries: number };
  },
): Promise<FetchedModel> {
  if (PAGE_TYPES.has(facts.contentType)) {
    throw new StorageError(
      'DownloadFailed',
      `${new URL(url).origin} sent a web page (${facts.contentType}), not a model; is a login needed, or is it the page about the file?`,
    );
  }
  options.onProgress?.({ phase: 'verifying', doneBytes: 0 });
  const sha256 = await fileDigest(file);
  if (options.sha256 !== undefined && options.sha256 !== sha256) {
    throw new StorageError('DigestMismatch', `the download has sha256 ${sha256}, not ${options.sha256} as wanted`);
  }
  const name = fileNameOf(url, facts);
  const isArchive = isDeclaredArchive(name, facts.contentType);
  const kind = isArchive ? await archiveKind(file) : undefined;
  if (isArchive && kind === undefined) {
    throw new StorageError('CorruptArchive', `${name} is no tar, tgz or zip file, whatever its name or type says`);
  }
  let unpacked = 0;
  const onBytes = (count: number) => {
    unpacked += count;
    options.onProgress?.({ phase: 'unpacking', doneBytes: unpacked });
  };
  const fileName = kind === undefined ? name : undefined;
  const tree = await cache.add({ source: shownUrl(url), fileName, signal: options.signal }, async (folder) => {
    if (kind === undefined) await rename(file, join(folder, name));
    else await unpack(file, kind, folder, { ...options.limits, onBytes });
  });
  const reference: CacheReference = {
    digest: tree.digest,
    sha256,
    ...(facts.etag === undefined ? {} : { etag: facts.etag }),
    ...(facts.lastModified === undefined ? {} : { lastModified: facts.lastModified }),
  };
  await cache.remember(url, reference);
  return { ...tree, sha256, fromCache: false };
}

async function cached(cache: ModelCache, reference: CacheReference): Promise<FetchedModel | undefined> {
  const tree = await cache.use(reference.digest);
  if (tree === undefined) return undefined;
  return { ...tree, ...(reference.sha256 === undefined ? {} : { sha256: reference.sha256 }), fromCache: true };
}

/** Without the query, where signatures stand. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** The file's name from the URL's last part, else from Content-Disposition; plain characters only. */
function fileNameOf(url: string, facts: BodyFacts): string {
  const last = basename(new URL(url).pathname);
  const candidates = [facts.fileName, decode(last)].filter((one): one is string => one !== undefined && one !== '');
  const named = candidates.find((one) => /\.[A-Za-z0-9]+$/.test(one)) ?? candidates[0] ?? 'model';
  const plain = named
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-150);
  return plain === '' ? 'model' : plain;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { archiveKind } from '../archive/archive-kind.ts';
import { isDeclaredArchive } from '../archive/archive-name.ts';
import { unpack } from '../archive/unpack.ts';
import { type CacheReference, ModelCache, type StoredTree } from '../cache/cache.ts';
import { fileDigest } from '../cache/hash-files.ts';
import { withLock } from '../cache/lock.ts';
import { treeDigest } from '../cache/tree-digest.ts';
import { checkWanted } from '../cache/wanted-digest.ts';
import { headersFor } from '../credentials/http-headers.ts';
import { type DownloadedFile, downloadTree } from '../download/download-tree.ts';
import { fetchKey } from '../fetch-key.ts';
import { DEFAULT_LIMITS, type FetchedModel, type Fetcher, type FetchOptions } from '../fetcher.ts';
import type { RemoteObject, RemoteStore } from '../remote/remote-store.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import { type BodyFacts, type DownloadResult, download } from './download.ts';
import { createHttpAccess, type HttpAccess } from './http-access.ts';
import { RangesIgnored, readRange } from './read-range.ts';
import { checkUrl, type Resolver, systemResolver } from './url-rules.ts';

/** Types that are pages for people, not models: most often a login or an error page. */
const PAGE_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);

/** Larger files come over several connections, where the server can send parts. */
const PARTS_FROM_BYTES = 32 * 1024 * 1024;
/** A file that changes again and again while it is downloaded is given up. */
const VERSIONS = 3;

/** `http://` and `https://`: one file, or an archive that is unpacked, into the cache. */
export function createHttpFetcher(resolver: Resolver = systemResolver): Fetcher {
  return {
    schemes: ['http', 'https'],
    async fetch(uri: string, options: FetchOptions): Promise<FetchedModel> {
      const url = checkUrl(uri).href;
      const cache = new ModelCache(options.cacheFolder);
      const key = fetchKey(url, options);
      const onWait = () => options.onProgress?.({ phase: 'waiting', doneBytes: 0 });
      const access = createHttpAccess(options, resolver);
      try {
        const work = () => fetchLocked({ url, key, access }, cache, options);
        return await withLock(cache.lockPath(key), work, { signal: options.signal, onWait });
      } catch (thrown) {
        throw fromFileSystemError(thrown, 'writing the model to the cache');
      } finally {
        access.egress.close();
      }
    },
  };
}

/** One URL that is being fetched. */
interface HttpFetch {
  readonly url: string;
  /** Tells it from every other in the cache. */
  readonly key: string;
  readonly access: HttpAccess;
}

async function fetchLocked(fetch: HttpFetch, cache: ModelCache, options: FetchOptions): Promise<FetchedModel> {
  const { url, key } = fetch;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const reference = await cache.lookUp(key);
  // A damaged copy is worth nothing: it must not keep the server from sending the whole.
  const tree = reference === undefined ? undefined : await cache.use(reference.digest);
  const known =
    tree === undefined || reference === undefined ? undefined : { reference, model: cached(tree, reference) };
  const folder = cache.partialFolder(key);
  const wanted = options.sha256?.toLowerCase();
  if (known !== undefined && wanted !== undefined && [known.model.sha256, known.model.digest].includes(wanted)) {
    return known.model;
  }
  try {
    const result = await bring(fetch, folder, wanted === undefined ? known?.reference : undefined, limits, options);
    if (result.kind === 'file') {
      return await store(fetch, result, cache, { ...options, limits, sha256: wanted }).finally(() =>
        rm(folder, { recursive: true, force: true }),
      );
    }
    if (known !== undefined) return known.model;
    throw new StorageError('DownloadFailed', `${new URL(url).origin} answers 304 to a plain request`);
  } catch (thrown) {
    const isOutage = thrown instanceof StorageError && thrown.reason === 'DownloadFailed';
    if (known === undefined || wanted !== undefined || !isOutage) throw thrown;
    options.onWarning?.(`${thrown.message}; the copy from an earlier download is used`);
    return known.model;
  }
}

type Brought = Exclude<DownloadResult, { readonly kind: 'parts' }>;

/** The file, in one piece or in parts as the server can. */
async function bring(
  { url, access }: HttpFetch,
  folder: string,
  known: CacheReference | undefined,
  limits: { readonly maxBytes: number },
  options: FetchOptions,
): Promise<Brought> {
  const credentials = { ...headersFor(new URL(url), options.credentials?.env ?? {}), ...options.headers };
  let canSendParts = true;
  for (let version = 1; ; version++) {
    const result = await download(url, {
      folder,
      access,
      credentials,
      stallTimeoutMs: access.stallTimeoutMs,
      // What is here already is used soon where the server does not answer.
      maxAttempts: known === undefined ? (options.maxAttempts ?? 5) : Math.min(2, options.maxAttempts ?? 2),
      maxBytes: limits.maxBytes,
      signal: options.signal,
      onProgress: options.onProgress,
      onRetry: options.onRetry,
      known,
      inParts: (bytes) => canSendParts && bytes >= (options.partsFromBytes ?? PARTS_FROM_BYTES),
    });
    if (result.kind !== 'parts') return result;
    const object: RemoteObject = { key: url, path: 'body', size: result.totalBytes, etag: result.etag };
    const remote: RemoteStore = {
      name: new URL(url).origin,
      list: () => none(),
      read: (one, range, signal) => readRange(url, one, range, { access, credentials, signal }),
    };
    try {
      const [file] = await downloadTree(remote, [object], {
        folder: join(folder, 'parts'),
        maxBytes: limits.maxBytes,
        stallTimeoutMs: access.stallTimeoutMs,
        signal: options.signal,
        onProgress: options.onProgress,
        onRetry: options.onRetry,
        pauseMs: 250,
        ...(options.maxAttempts === undefined ? {} : { maxAttempts: options.maxAttempts }),
        ...(options.partsFromBytes === undefined ? {} : { partBytes: options.partsFromBytes }),
      });
      return { kind: 'file', file: (file as DownloadedFile).file, facts: result.facts };
    } catch (thrown) {
      if (thrown instanceof RangesIgnored) canSendParts = false;
      else if (!(thrown instanceof StorageError) || thrown.reason !== 'ObjectChanged' || version === VERSIONS)
        throw thrown;
    }
  }
}

async function* none(): AsyncGenerator<RemoteObject> {
  // One URL has no listing.
}

async function store(
  { url, key }: HttpFetch,
  { file, facts }: { readonly file: string; readonly facts: BodyFacts },
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
  const name = fileNameOf(url, facts);
  const isArchive = isDeclaredArchive(name, facts.contentType);
  const { size } = await stat(file);
  checkWanted(options.sha256, { sha256, ...(isArchive ? {} : { digest: treeDigest([{ path: name, size, sha256 }]) }) });
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
    else await unpack(file, kind, folder, { ...options.limits, onBytes, signal: options.signal });
  });
  const reference: CacheReference = {
    digest: tree.digest,
    sha256,
    ...(facts.etag === undefined ? {} : { etag: facts.etag }),
    ...(facts.lastModified === undefined ? {} : { lastModified: facts.lastModified }),
  };
  await cache.remember(key, reference);
  return { ...tree, sha256, fromCache: false };
}

function cached(tree: StoredTree, reference: CacheReference): FetchedModel {
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

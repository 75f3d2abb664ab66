import { createHash } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { archiveKind } from '../archive/archive-kind.ts';
import { isDeclaredArchive } from '../archive/archive-name.ts';
import { unpack } from '../archive/unpack.ts';
import { ModelCache } from '../cache/cache.ts';
import { withLock } from '../cache/lock.ts';
import { treeDigest } from '../cache/tree-digest.ts';
import { walkFolder } from '../cache/walk-folder.ts';
import { checkWanted } from '../cache/wanted-digest.ts';
import { DEFAULT_LIMITS, type FetchedModel, type FetchOptions } from '../fetcher.ts';
import type { RemoteLocation } from '../remote/remote-location.ts';
import type { RemoteObject } from '../remote/remote-store.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import { type DownloadedFile, downloadTree } from './download-tree.ts';
import { isVersioned, objectVersion } from './journal.ts';
import { isWanted, readPatterns } from './name-patterns.ts';

/** A URI of a remote store. */
export interface RemoteFetch {
  /** Tells this URI, with these credentials and patterns, from every other. */
  readonly key: string;
  /** For people, without anything secret. */
  readonly source: string;
  /** Opens the store; asked only where the network is needed. */
  readonly open: () => Promise<RemoteLocation>;
  /**
   * Makes the model out of what was downloaded, where that is not the model itself; `scratch` is a folder for work that goes
   * away. Patterns then choose among the files it makes.
   */
  readonly arrange?: (files: readonly DownloadedFile[], draft: string, scratch: string) => Promise<void>;
  /** Of the first pause between tries. */
  readonly pauseMs?: number;
}

/** A listing that changes again and again is given up. */
const LISTINGS = 3;
/** What is here already is used when the store has not answered for so long. */
const REVALIDATION_MS = 8_000;

/**
 * Brings what lies at a place of a remote store into the cache: the store is asked what is there now, and only what is not
 * here yet is downloaded. Where the store can not be reached, what an earlier fetch brought is used, with a warning.
 * @throws StorageError
 */
export async function fetchRemote(remote: RemoteFetch, options: FetchOptions): Promise<FetchedModel> {
  const cache = new ModelCache(options.cacheFolder);
  const onWait = () => options.onProgress?.({ phase: 'waiting', doneBytes: 0 });
  try {
    return await withLock(cache.lockPath(remote.key), () => fetchLocked(remote, cache, options), {
      signal: options.signal,
      onWait,
    });
  } catch (thrown) {
    if (options.signal?.aborted === true) throw new StorageError('DownloadCancelled', 'the download was cancelled');
    throw fromFileSystemError(thrown, 'writing the model to the cache');
  }
}

async function fetchLocked(remote: RemoteFetch, cache: ModelCache, options: FetchOptions): Promise<FetchedModel> {
  const reference = await cache.lookUp(remote.key);
  const tree = reference === undefined ? undefined : await cache.use(reference.digest);
  const known = tree === undefined ? undefined : { ...tree, ...shaOf(reference?.sha256), fromCache: true };
  const wanted = options.sha256?.toLowerCase();
  if (known !== undefined && wanted !== undefined && (known.sha256 === wanted || known.digest === wanted)) return known;
  for (let listing = 1; ; listing++) {
    let location: RemoteLocation | undefined;
    try {
      location = await remote.open();
      const objects = await listed(location, known !== undefined, remote.arrange === undefined, options);
      const version = listingVersion(objects);
      if (known !== undefined && version !== undefined && reference?.version === version) return known;
      const fetched = await bring(remote, location, objects, cache, options);
      await cache.remember(remote.key, {
        digest: fetched.digest as string,
        ...shaOf(fetched.sha256),
        ...(version === undefined ? {} : { version }),
      });
      await rm(cache.partialFolder(remote.key), { recursive: true, force: true });
      return fetched;
    } catch (thrown) {
      if (!(thrown instanceof StorageError) || options.signal?.aborted === true) throw thrown;
      if (thrown.reason === 'ObjectChanged' && listing < LISTINGS) continue;
      if (known === undefined || thrown.reason !== 'DownloadFailed') throw thrown;
      // What is here must be what its owner expects, network or not.
      checkWanted(wanted, known);
      options.onWarning?.(`${thrown.message}; the copy from an earlier download is used`);
      return known;
    } finally {
      await location?.store.close?.();
    }
  }
}

/** What is there now, without the files that nobody wants. */
async function listed(
  location: RemoteLocation,
  isKnown: boolean,
  isChosen: boolean,
  options: FetchOptions,
): Promise<RemoteObject[]> {
  const { store, prefix } = location;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const patterns = { allow: readPatterns(options.allow), ignore: readPatterns(options.ignore) };
  const late = isKnown ? [AbortSignal.timeout(REVALIDATION_MS)] : [];
  const signal = AbortSignal.any([...late, ...(options.signal === undefined ? [] : [options.signal])]);
  const objects: RemoteObject[] = [];
  let count = 0;
  try {
    for await (const object of store.list(prefix, signal)) {
      count++;
      if (!isChosen || isWanted(object.path ?? object.key, patterns)) objects.push(object);
      if (objects.length > limits.maxEntries) {
        throw new StorageError('LimitExceeded', `${store.name} has more than ${limits.maxEntries} files there`);
      }
    }
  } catch (thrown) {
    if (late[0]?.aborted !== true || options.signal?.aborted === true) throw thrown;
    throw new StorageError('DownloadFailed', `${store.name} has not answered for ${REVALIDATION_MS / 1000} s`, {
      cause: thrown,
      isTransient: true,
    });
  }
  if (objects.length === 0) {
    const why = count === 0 ? 'there is no file' : `none of the ${count} files there is wanted by the patterns`;
    throw new StorageError('NotFound', `${store.name}: ${why}`);
  }
  return objects;
}

async function bring(
  remote: RemoteFetch,
  { store, prefix }: RemoteLocation,
  objects: readonly RemoteObject[],
  cache: ModelCache,
  options: FetchOptions,
): Promise<FetchedModel> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { signal, onProgress } = options;
  const folder = cache.partialFolder(remote.key);
  const files = await downloadTree(store, objects, {
    folder,
    maxBytes: limits.maxBytes,
    signal,
    onProgress,
    onRetry: options.onRetry,
    ...(options.stallTimeoutMs === undefined ? {} : { stallTimeoutMs: options.stallTimeoutMs }),
    ...(options.maxAttempts === undefined ? {} : { maxAttempts: options.maxAttempts }),
    ...(remote.pauseMs === undefined ? {} : { pauseMs: remote.pauseMs }),
  });
  if (remote.arrange !== undefined) return arranged(remote, remote.arrange, files, folder, cache, options);
  const only = files.length === 1 ? (files[0] as DownloadedFile) : undefined;
  const isOneObject = only !== undefined && objects[0]?.key === prefix;
  if (only !== undefined && isDeclaredArchive(only.path, '')) {
    return unpacked(remote, only, cache, { ...options, limits });
  }
  const tree = { sha256: only?.sha256, digest: treeDigest(sized(files, objects)) };
  await dropIfWrong(folder, () => checkWanted(options.sha256, tree));
  const known = new Map(files.map((file) => [file.path, file.sha256]));
  const fileName = isOneObject ? only.path : undefined;
  const stored = await cache.add({ source: remote.source, fileName, known, signal }, async (draft) => {
    for (const { file, path } of files) {
      const place = join(draft, path);
      await mkdir(dirname(place), { recursive: true });
      await rename(file, place);
    }
  });
  return { ...stored, ...shaOf(only?.sha256), fromCache: false };
}

async function arranged(
  remote: RemoteFetch,
  arrange: NonNullable<RemoteFetch['arrange']>,
  files: readonly DownloadedFile[],
  folder: string,
  cache: ModelCache,
  options: FetchOptions,
): Promise<FetchedModel> {
  const patterns = { allow: readPatterns(options.allow), ignore: readPatterns(options.ignore) };
  const stored = await cache.add({ source: remote.source, signal: options.signal }, async (draft) => {
    await arrange(files, draft, join(folder, 'scratch'));
    for (const { path, real } of await walkFolder(draft, { maxEntries: DEFAULT_LIMITS.maxEntries })) {
      if (!isWanted(path, patterns)) await rm(real);
    }
  });
  checkWanted(options.sha256, { digest: stored.digest });
  return { ...stored, fromCache: false };
}

async function unpacked(
  remote: RemoteFetch,
  only: DownloadedFile,
  cache: ModelCache,
  options: FetchOptions & { limits: { maxBytes: number; maxEntries: number } },
): Promise<FetchedModel> {
  const kind = await archiveKind(only.file);
  if (kind === undefined) {
    throw new StorageError('CorruptArchive', `${only.path} is no tar, tgz or zip file, whatever its name says`);
  }
  let doneBytes = 0;
  const onBytes = (count: number) => {
    doneBytes += count;
    options.onProgress?.({ phase: 'unpacking', doneBytes });
  };
  const stored = await cache.add({ source: remote.source, signal: options.signal }, async (draft) =>
    unpack(only.file, kind, draft, { ...options.limits, onBytes, signal: options.signal }),
  );
  checkWanted(options.sha256, { sha256: only.sha256, digest: stored.digest });
  return { ...stored, sha256: only.sha256, fromCache: false };
}

function sized(files: readonly DownloadedFile[], objects: readonly RemoteObject[]) {
  return files.map(({ path, sha256 }, index) => ({ path, sha256, size: objects[index]?.size ?? 0 }));
}

/** Bytes that their owner does not want are not kept for the next try. */
async function dropIfWrong(folder: string, check: () => void): Promise<void> {
  try {
    check();
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
}

/** Changes when anything in the place does; undefined where the store does not tell enough. */
function listingVersion(objects: readonly RemoteObject[]): string | undefined {
  if (!objects.every((object) => isVersioned(object) || object.lastModified !== undefined)) return undefined;
  const hash = createHash('sha256');
  for (const line of objects.map((object) => `${object.path ?? ''} ${objectVersion(object)}`).sort()) {
    hash.update(`${line}\n`);
  }
  return hash.digest('hex');
}

function shaOf(sha256: string | undefined): { readonly sha256?: string } {
  return sha256 === undefined ? {} : { sha256 };
}

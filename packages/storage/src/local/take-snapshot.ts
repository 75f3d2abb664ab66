import { createHash } from 'node:crypto';
import { constants, copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelCache } from '../cache/cache.ts';
import { hashFiles, isUnchanged } from '../cache/hash-files.ts';
import { withLock } from '../cache/lock.ts';
import { treeBytes, treeDigest } from '../cache/tree-digest.ts';
import { type FoundFile, fileFacts, walkFolder } from '../cache/walk-folder.ts';
import { checkRoom } from '../download/disk-room.ts';
import { DEFAULT_LIMITS, type FetchedModel, type FetchOptions } from '../fetcher.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';

/** What is copied, and how. */
export interface SnapshotOptions extends FetchOptions {
  /** The path as the user wrote it. */
  readonly source: string;
  /** Set where the path is one file. */
  readonly fileName: string | undefined;
  readonly copyUpToBytes: number;
  /** @throws StorageError where a link inside the folder leads to a place that may not be read */
  readonly checkLink: (real: string, path: string) => void;
}

/** Somebody who writes to the folder while it is copied gets so many chances to come to an end. */
const ATTEMPTS = 4;
/** A file changed so shortly before may change again without its time telling. */
const SETTLED_NS = 2_000_000_000n;

/**
 * A local file or folder as it is now, in the cache: what is written to it later does not reach whoever serves it. Too
 * large, it is used where it lies and only its digest is recorded.
 * @throws StorageError
 */
export async function takeSnapshot(path: string, options: SnapshotOptions): Promise<FetchedModel> {
  const cache = new ModelCache(options.cacheFolder);
  const key = `local:${path}`;
  try {
    return await withLock(cache.lockPath(key), () => snapshot(path, key, cache, options), { signal: options.signal });
  } catch (thrown) {
    if (options.signal?.aborted === true) throw new StorageError('DownloadCancelled', 'the copy was cancelled');
    throw fromFileSystemError(thrown, `copying ${options.source} to the cache`);
  }
}

async function snapshot(path: string, key: string, cache: ModelCache, options: SnapshotOptions): Promise<FetchedModel> {
  for (let attempt = 1; ; attempt++) {
    const files = await filesOf(path, options);
    if (files.length === 0) throw new StorageError('NotFound', `${options.source} is an empty folder`);
    const version = versionOf(files);
    const isSettled = areSettled(files);
    const known = await cache.lookUp(key);
    if (known?.version === version) {
      const tree = await cache.use(known.digest);
      if (tree !== undefined) return withFileDigest(tree, files, known.sha256, true);
    }
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const copies = bytes <= options.copyUpToBytes;
    const result = copies
      ? await copied(files, bytes, cache, options)
      : await inPlace(path, files, bytes, cache, options);
    const isSame =
      (await Promise.all(files.map(isUnchanged))).every(Boolean) && versionOf(await filesOf(path, options)) === version;
    if (isSame) {
      const sha256 = await fileSha256(cache, result.digest, options);
      await cache.remember(key, {
        digest: result.digest,
        ...(isSettled ? { version } : {}),
        ...(sha256 === undefined ? {} : { sha256 }),
      });
      return withFileDigest(result, files, sha256, false);
    }
    if (attempt === ATTEMPTS) {
      throw new StorageError(
        'DownloadFailed',
        `${options.source} is being written to; it is taken when that has ended`,
        {
          isTransient: true,
        },
      );
    }
  }
}

function withFileDigest(
  tree: { path: string; digest: string; bytes: number },
  files: readonly FoundFile[],
  sha256: string | undefined,
  fromCache: boolean,
): FetchedModel {
  return { ...tree, fromCache, ...(files.length === 1 && sha256 !== undefined ? { sha256 } : {}) };
}

async function fileSha256(cache: ModelCache, digest: string, options: SnapshotOptions): Promise<string | undefined> {
  if (options.fileName === undefined) return undefined;
  return (await cache.records.read(digest))?.files[0]?.sha256;
}

async function filesOf(path: string, options: SnapshotOptions): Promise<FoundFile[]> {
  if (options.fileName !== undefined) return [await fileFacts(path, options.fileName)];
  const { maxEntries } = { ...DEFAULT_LIMITS, ...options.limits };
  return walkFolder(path, { maxEntries, checkLink: options.checkLink, signal: options.signal });
}

async function copied(files: readonly FoundFile[], bytes: number, cache: ModelCache, options: SnapshotOptions) {
  await mkdir(cache.folder, { recursive: true });
  await checkRoom(cache.folder, bytes, 'the copy');
  const draft = await cache.draft();
  try {
    let doneBytes = 0;
    for (const file of files) {
      options.signal?.throwIfAborted();
      const place = join(draft, file.path);
      await mkdir(dirname(place), { recursive: true });
      // A copy that shares the blocks where the file system can.
      await copyFile(file.real, place, constants.COPYFILE_FICLONE);
      doneBytes += file.size;
      options.onProgress?.({ phase: 'downloading', doneBytes, totalBytes: bytes });
    }
    return await cache.publish(draft, { source: options.source, fileName: options.fileName, signal: options.signal });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function inPlace(
  path: string,
  files: readonly FoundFile[],
  totalBytes: number,
  cache: ModelCache,
  options: SnapshotOptions,
) {
  let doneBytes = 0;
  const onBytes = (count: number) => {
    doneBytes += count;
    options.onProgress?.({ phase: 'verifying', doneBytes, totalBytes });
  };
  const recorded = await hashFiles(files, { onBytes, signal: options.signal });
  return cache.addInPlace({
    digest: treeDigest(recorded),
    bytes: treeBytes(recorded),
    files: recorded,
    source: options.source,
    inPlace: path,
    ...(options.fileName === undefined ? {} : { fileName: options.fileName }),
  });
}

/** Changes when any file does. */
function versionOf(files: readonly FoundFile[]): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort((one, other) => (one.path < other.path ? -1 : 1))) {
    hash.update(`${JSON.stringify(file.path)} ${file.size} ${file.modifiedNs} ${file.changedNs} ${file.inode}\n`);
  }
  return hash.digest('hex');
}

function areSettled(files: readonly FoundFile[]): boolean {
  const limit = BigInt(Date.now()) * 1_000_000n - SETTLED_NS;
  return files.every((file) => file.changedNs < limit);
}

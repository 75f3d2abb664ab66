import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchProgress } from '../fetcher.ts';
import type { RemoteObject, RemoteStore } from '../remote/remote-store.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import { checkRoom, freeBytes, noRoom } from './disk-room.ts';
import { filePaths } from './file-paths.ts';
import { dropFile, readJournal, writeJournal } from './journal.ts';
import { bytesHad, type Part, type PartedFile } from './part.ts';
import { pauseBefore } from './pause.ts';
import { readPart } from './read-part.ts';
import { verifyFile } from './verify-file.ts';

/** How a tree is downloaded. */
export interface DownloadTreeOptions {
  /** For unfinished files; what an earlier call for the same objects left there is gone on with. */
  readonly folder: string;
  readonly maxBytes: number;
  /** Connections at a time; default 8. */
  readonly parallel?: number;
  /** Larger files come in parts of that size; default 16 MiB. */
  readonly partBytes?: number;
  /** Tries of a part in a row without a byte gained; default 5. */
  readonly maxAttempts?: number;
  /** Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** Of the first pause between tries; default 1 s. */
  readonly pauseMs?: number;
  readonly random?: () => number;
  readonly signal?: AbortSignal | undefined;
  /** A try has failed and another will follow. */
  readonly onRetry?: ((error: StorageError) => void) | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

/** One file that is here, whole and checked. */
export interface DownloadedFile {
  readonly path: string;
  /** Where it is collected; to be moved. */
  readonly file: string;
  readonly sha256: string;
}

const PART_BYTES = 16 * 1024 * 1024;
const JOURNAL_MS = 2_000;
/** Smaller files are brought again rather than noted. */
const JOURNAL_BYTES = 1024 * 1024;
/** A file whose digest is wrong is brought once more before that is an error. */
const DIGEST_ATTEMPTS = 2;

/**
 * Downloads objects into `folder`: files and parts of files in parallel, each part tried again from where it stopped, each
 * file held against the digests that its store tells. What fails is kept for the next call.
 * @throws StorageError; ObjectChanged where the listing is no longer right
 */
export async function downloadTree(
  store: RemoteStore,
  objects: readonly RemoteObject[],
  options: DownloadTreeOptions,
): Promise<DownloadedFile[]> {
  const totalBytes = objects.reduce((sum, { size }) => sum + size, 0);
  if (totalBytes > options.maxBytes) {
    const message = `the model has ${totalBytes} bytes, more than the limit of ${options.maxBytes} for a model`;
    throw new StorageError('LimitExceeded', message);
  }
  const download = new TreeDownload(store, totalBytes, options);
  try {
    return await download.run(objects);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw new StorageError('DownloadCancelled', 'the download was cancelled');
    const error = fromFileSystemError(thrown, 'downloading the model');
    if (!(error instanceof StorageError) || error.reason !== 'NoSpace' || thrown === error) throw error;
    throw noRoom('the download', totalBytes - download.doneBytes, await freeBytes(options.folder));
  }
}

class TreeDownload {
  readonly #store: RemoteStore;
  readonly #totalBytes: number;
  readonly #options: DownloadTreeOptions;
  readonly #partBytes: number;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #open = new Set<OpenFile>();
  #verifiedBytes = 0;
  doneBytes = 0;

  constructor(store: RemoteStore, totalBytes: number, options: DownloadTreeOptions) {
    this.#store = store;
    this.#totalBytes = totalBytes;
    this.#options = options;
    this.#partBytes = options.partBytes ?? PART_BYTES;
    const signals = options.signal === undefined ? [] : [options.signal];
    this.#signal = AbortSignal.any([this.#abort.signal, ...signals]);
  }

  async run(objects: readonly RemoteObject[]): Promise<DownloadedFile[]> {
    const { folder } = this.#options;
    const paths = filePaths(objects);
    await mkdir(folder, { recursive: true });
    const files: PartedFile[] = [];
    for (const [index, object] of objects.entries()) {
      const file = join(folder, String(index));
      files.push({
        object,
        file,
        path: paths[index] as string,
        parts: await readJournal(file, object, this.#partBytes),
      });
    }
    this.doneBytes = files.reduce((sum, { parts }) => sum + bytesHad(parts), 0);
    await checkRoom(folder, this.#totalBytes - this.doneBytes, 'the download');
    this.#tell();
    const done = new Array<DownloadedFile>(files.length);
    const jobs = this.#jobs(files, done);
    const parallel = Math.max(1, this.#options.parallel ?? 8);
    const workers = Array.from({ length: parallel }, () => this.#work(jobs));
    // All of them end before the folder is anybody else's, whichever failed first.
    const ends = await Promise.allSettled(workers);
    await Promise.all([...this.#open].map((open) => open.close()));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    if (failures.length > 0) throw this.#abort.signal.aborted ? this.#abort.signal.reason : failures[0];
    return done;
  }

  /** Parts in the order of files, so that few files are open at a time. */
  *#jobs(files: readonly PartedFile[], done: DownloadedFile[]): Generator<() => Promise<void>> {
    for (const [index, file] of files.entries()) {
      const open = new OpenFile(file, this.#partBytes);
      let left = file.parts.length;
      for (const part of file.parts) {
        yield async () => {
          this.#open.add(open);
          await this.#bring(open, part);
          if (--left > 0) return;
          this.#open.delete(open);
          await open.close();
          done[index] = await this.#finish(file);
        };
      }
    }
  }

  async #work(jobs: Iterator<() => Promise<void>>): Promise<void> {
    for (let next = jobs.next(); next.done !== true; next = jobs.next()) {
      try {
        this.#signal.throwIfAborted();
        await (next.value as () => Promise<void>)();
      } catch (thrown) {
        // The first failure is the one that counts; those that follow come from this.
        if (!this.#abort.signal.aborted) this.#abort.abort(thrown);
        throw thrown;
      }
    }
  }

  async #bring(open: OpenFile, part: Part): Promise<void> {
    const { maxAttempts = 5, stallTimeoutMs = 30_000, pauseMs = 1000, random = Math.random } = this.#options;
    const { object } = open.file;
    for (let failures = 0; ; ) {
      const before = part.have;
      try {
        await readPart({
          store: this.#store,
          object,
          part,
          handle: await open.handle(),
          stallTimeoutMs,
          signal: this.#signal,
          onBytes: (count) => {
            this.doneBytes += count;
            this.#tell();
            open.noteProgress();
          },
        });
        return;
      } catch (thrown) {
        this.#signal.throwIfAborted();
        const error = fromFileSystemError(thrown, 'downloading the model');
        // A store's client may let an error of the socket through; that passes.
        const mayPass = !(error instanceof StorageError) || (error.isTransient && error.reason !== 'ObjectChanged');
        if (!mayPass) throw thrown;
        failures = part.have > before ? 1 : failures + 1;
        if (failures >= maxAttempts) throw gaveUp(thrown, this.#store.name, failures);
        this.#options.onRetry?.(asStorageError(error, this.#store.name));
        const retryAfter = error instanceof StorageError ? error.retryAfterSeconds : undefined;
        await pauseBefore(failures, retryAfter, { pauseMs, random, signal: this.#signal });
      }
    }
  }

  /** Checks a file that has all its bytes; a wrong digest drops it and brings it once more, in one piece after another. */
  async #finish(file: PartedFile): Promise<DownloadedFile> {
    for (let attempt = 1; ; attempt++) {
      try {
        const sha256 = await verifyFile(file.file, file.object, this.#signal, (count) => this.#tellVerified(count));
        return { path: file.path, file: file.file, sha256 };
      } catch (thrown) {
        if (!(thrown instanceof StorageError) || thrown.reason !== 'DigestMismatch') throw thrown;
        await dropFile(file.file);
        this.doneBytes -= bytesHad(file.parts);
        for (const part of file.parts) part.have = 0;
        if (attempt >= DIGEST_ATTEMPTS) throw thrown;
        const open = new OpenFile(file, this.#partBytes);
        try {
          for (const part of file.parts) await this.#bring(open, part);
        } finally {
          await open.close();
        }
      }
    }
  }

  /** Reading a large file once more takes time: a sign of life when there is nothing left to download. */
  #tellVerified(count: number): void {
    this.#verifiedBytes += count;
    if (this.doneBytes < this.#totalBytes) return;
    const doneBytes = Math.min(this.#verifiedBytes, this.#totalBytes);
    this.#options.onProgress?.({ phase: 'verifying', doneBytes, totalBytes: this.#totalBytes });
  }

  #tell(): void {
    const { onProgress } = this.#options;
    onProgress?.({ phase: 'downloading', doneBytes: this.doneBytes, totalBytes: this.#totalBytes });
  }
}

/** A file that parts are written to, with its journal. */
class OpenFile {
  readonly file: PartedFile;
  readonly #partBytes: number;
  #handle: Promise<FileHandle> | undefined;
  #noted = performance.now();
  #noting: Promise<void> = Promise.resolve();

  constructor(file: PartedFile, partBytes: number) {
    this.file = file;
    this.#partBytes = partBytes;
  }

  handle(): Promise<FileHandle> {
    this.#handle ??= openForParts(this.file);
    return this.#handle;
  }

  /** Writes the journal now and then. */
  noteProgress(): void {
    const now = performance.now();
    if (now - this.#noted < JOURNAL_MS) return;
    this.#noted = now;
    this.#noting = this.#noting.then(() => this.#note()).catch(() => undefined);
  }

  async close(): Promise<void> {
    const opened = this.#handle;
    this.#handle = undefined;
    if (opened === undefined) return;
    await this.#noting;
    const handle = await opened.catch(() => undefined);
    if (handle === undefined) return;
    await this.#write(handle).catch(() => undefined);
    await handle.close();
  }

  async #note(): Promise<void> {
    if (this.#handle !== undefined) await this.#write(await this.#handle);
  }

  async #write(handle: FileHandle): Promise<void> {
    if (this.file.object.size < JOURNAL_BYTES) return;
    const have = this.file.parts.map((part) => part.have);
    // What the journal says must be on the disk before it says so.
    await handle.datasync();
    await writeJournal(this.file, have, this.#partBytes);
  }
}

async function openForParts(file: PartedFile): Promise<FileHandle> {
  const isFresh = bytesHad(file.parts) === 0;
  const handle = await open(file.file, isFresh ? 'w' : 'r+', 0o600);
  await handle.truncate(file.object.size);
  return handle;
}

function gaveUp(thrown: unknown, name: string, tries: number): StorageError {
  const { reason, message } = asStorageError(thrown, name);
  return new StorageError(reason, `${message} (tried ${tries} times)`, { cause: thrown, isTransient: true });
}

function asStorageError(thrown: unknown, name: string): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StorageError('DownloadFailed', `${name}: ${message}`, { cause: thrown, isTransient: true });
}

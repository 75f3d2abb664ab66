import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkRoom, noRoom, roomFor } from '../download/disk-room.ts';
import type { FetchProgress } from '../fetcher.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import { networkError, type OpenOptions, openUrl } from './open.ts';
import { statusError } from './status-error.ts';

/** What the server said of the body. */
export interface BodyFacts {
  readonly etag?: string;
  readonly lastModified?: string;
  readonly contentType: string;
  /** From Content-Disposition. */
  readonly fileName?: string;
}

export interface DownloadOptions extends Omit<OpenOptions, 'headers'> {
  readonly stallTimeoutMs: number;
  /** Whether a file of that size is worth several connections, where the server can send parts of it. */
  readonly inParts?: ((totalBytes: number) => boolean) | undefined;
  /** Folder for the unfinished file; what it holds from an earlier try of the same URL is resumed. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxAttempts: number;
  /** If the server still has this version, nothing is downloaded. */
  readonly known?: { readonly etag?: string; readonly lastModified?: string } | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly onRetry?: ((error: StorageError) => void) | undefined;
  /** From 0 to 1; a test gives a fixed one. */
  readonly random?: () => number;
}

/** A finished download, that the known version is still right, or that it is better brought in parts. */
export type DownloadResult =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'file'; readonly file: string; readonly facts: BodyFacts }
  | { readonly kind: 'parts'; readonly totalBytes: number; readonly etag: string; readonly facts: BodyFacts };

interface Partial {
  etag?: string;
  lastModified?: string;
  totalBytes?: number;
}

/**
 * Downloads into `folder`, resuming with Range and If-Range where the server gave a validator, and trying again with
 * growing, jittered pauses as long as bytes are gained now and then. The size must be what the server announced.
 * @throws StorageError
 */
export async function download(url: string, options: DownloadOptions): Promise<DownloadResult> {
  await mkdir(options.folder, { recursive: true });
  const file = join(options.folder, 'body');
  const note = join(options.folder, 'partial.json');
  let failures = 0;
  for (;;) {
    const before = await sizeOf(file);
    try {
      const result = await attempt(url, file, note, before, options);
      if (result !== undefined) return result;
    } catch (thrown) {
      const error = asStorageError(thrown, url, options.signal);
      if (!error.isTransient || options.signal?.aborted === true) throw error;
      failures = (await sizeOf(file)) > before ? 1 : failures + 1;
      if (failures >= options.maxAttempts) {
        throw new StorageError(error.reason, `${error.message} (tried ${failures} times)`, { cause: error });
      }
      options.onRetry?.(error);
      await pause(failures, error, options);
    }
  }
}

async function attempt(
  url: string,
  file: string,
  note: string,
  have: number,
  options: DownloadOptions,
): Promise<DownloadResult | undefined> {
  const partial = have > 0 ? await readNote(note) : {};
  const validator = partial.etag?.startsWith('W/') === false ? partial.etag : partial.lastModified;
  const isResuming = have > 0 && validator !== undefined;
  const headers: Record<string, string> = {};
  if (isResuming) {
    headers.range = `bytes=${have}-`;
    headers['if-range'] = validator;
  } else if (options.known?.etag !== undefined) headers['if-none-match'] = options.known.etag;
  else if (options.known?.lastModified !== undefined) headers['if-modified-since'] = options.known.lastModified;
  const response = await openUrl(url, { ...options, headers });
  try {
    const status = response.statusCode ?? 0;
    if (status === 304 && !isResuming) return { kind: 'unchanged' };
    if (isResuming && (status === 416 || (status === 206 && !continuesAt(response, have)))) {
      await rm(file, { force: true });
      return undefined;
    }
    if (status !== 200 && !(status === 206 && isResuming)) throw statusError(url, response);
    const start = status === 206 ? have : 0;
    const total = announcedTotal(response, start);
    if (total !== undefined && total > options.maxBytes) throw tooLarge(options.maxBytes);
    if (total !== undefined) await checkRoom(options.folder, total - start, 'the download');
    const facts = factsOf(response);
    const { etag, lastModified } = facts;
    // A server that does not know the condition sends the same again: its strong etag says so.
    if (start === 0 && etag !== undefined && etag === options.known?.etag && etag.startsWith('"')) {
      return { kind: 'unchanged' };
    }
    if (start === 0 && total !== undefined && options.inParts?.(total) === true && canSendParts(response)) {
      return { kind: 'parts', totalBytes: total, etag: etag as string, facts };
    }
    await writeFile(
      note,
      JSON.stringify({
        ...(etag === undefined ? {} : { etag }),
        ...(lastModified === undefined ? {} : { lastModified }),
        ...(total === undefined ? {} : { totalBytes: total }),
      } satisfies Partial),
    );
    // Without a length it shows only on the way; to fill the disk would stop others, and what is there can not go on.
    const room = total === undefined ? start + (await roomFor(options.folder)) : Number.POSITIVE_INFINITY;
    try {
      await receive(response, file, start, { total, room }, options);
    } catch (thrown) {
      if (total === undefined && isFull(thrown)) await rm(file, { force: true });
      throw thrown;
    }
    const size = await sizeOf(file);
    if (total !== undefined && size !== total) {
      const message = `${new URL(url).origin} sent ${size} of ${total} bytes`;
      throw new StorageError('DownloadFailed', message, { isTransient: true });
    }
    return { kind: 'file', file, facts };
  } finally {
    response.destroy();
  }
}

async function receive(
  response: IncomingMessage,
  file: string,
  start: number,
  { total, room }: { readonly total: number | undefined; readonly room: number },
  options: DownloadOptions,
): Promise<void> {
  let done = start;
  const watchdog = setInterval(() => {
    if (done === lastSeen) response.destroy(new Error(`nothing came for ${options.stallTimeoutMs / 1000} s`));
    lastSeen = done;
  }, options.stallTimeoutMs);
  let lastSeen = -1;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      if (done > options.maxBytes) next(tooLarge(options.maxBytes));
      else if (done > room) next(noRoom('the download, whose size the server does not tell,', done, room));
      else {
        options.onProgress?.({
          phase: 'downloading',
          doneBytes: done,
          ...(total === undefined ? {} : { totalBytes: total }),
        });
        next(null, chunk);
      }
    },
  });
  try {
    const sink = createWriteStream(file, start > 0 ? { flags: 'r+', start } : { flags: 'w' });
    await pipeline(response, count, sink, ...(options.signal === undefined ? [] : [{ signal: options.signal }]));
  } finally {
    clearInterval(watchdog);
  }
}

function isFull(thrown: unknown): boolean {
  const error = fromFileSystemError(thrown, 'downloading the model');
  return error instanceof StorageError && error.reason === 'NoSpace';
}

function factsOf(response: IncomingMessage): BodyFacts {
  const {
    etag,
    'last-modified': lastModified,
    'content-type': contentType,
    'content-encoding': encoding,
  } = response.headers;
  if (encoding !== undefined && encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new StorageError(
      'DownloadFailed',
      `the server encodes the body as ${encoding.slice(0, 50)}, though asked not to`,
    );
  }
  const named = /filename="?([^";/\\]{1,200})"?/i.exec(response.headers['content-disposition'] ?? '')?.[1];
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(named === undefined ? {} : { fileName: named }),
    contentType: (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
  };
}

/** A strong etag ties the parts together. */
function canSendParts({ headers }: IncomingMessage): boolean {
  const { etag } = headers;
  return (
    headers['accept-ranges'] === 'bytes' &&
    etag !== undefined &&
    /^"[^"]+"$/.test(etag) &&
    (headers['content-encoding'] ?? 'identity') === 'identity'
  );
}

function continuesAt(response: IncomingMessage, offset: number): boolean {
  return new RegExp(`^bytes ${offset}-`).test(response.headers['content-range'] ?? '');
}

function announcedTotal(response: IncomingMessage, start: number): number | undefined {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? start + length : undefined;
}

async function pause(failures: number, error: StorageError, options: DownloadOptions): Promise<void> {
  const ceiling = Math.min(10_000, 250 * 2 ** failures);
  const jittered = ceiling * (0.5 + (options.random ?? Math.random)() / 2);
  const milliseconds = Math.max(jittered, (error.retryAfterSeconds ?? 0) * 1000);
  await sleep(milliseconds, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
    throw new StorageError('DownloadCancelled', 'the download was cancelled');
  });
}

function asStorageError(thrown: unknown, url: string, signal: AbortSignal | undefined): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const known = fromFileSystemError(thrown, 'downloading the model');
  return known instanceof StorageError ? known : networkError(new URL(url), thrown, signal);
}

function tooLarge(maxBytes: number): StorageError {
  return new StorageError(
    'LimitExceeded',
    `the download is larger than ${maxBytes} bytes, which is the limit for a model`,
  );
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function readNote(note: string): Promise<Partial> {
  try {
    return JSON.parse(await readFile(note, 'utf8')) as Partial;
  } catch {
    return {};
  }
}

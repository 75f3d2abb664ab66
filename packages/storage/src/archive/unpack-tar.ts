import { createReadStream } from 'node:fs';
import { type Duplex, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { StorageError } from '../storage-error.ts';
import { EntryRules } from './entry-rules.ts';
import type { UnpackOptions } from './unpack.ts';
import { writeFile, writeFolder } from './write-entry.ts';

/** Room for headers and padding beside the files themselves. */
const OVERHEAD_BYTES_PER_ENTRY = 4096;

const TYPES: ReadonlyMap<string, string> = new Map([
  ['File', 'file'],
  ['OldFile', 'file'],
  ['ContiguousFile', 'file'],
  ['Directory', 'folder'],
  ['Link', 'hard link'],
  ['SymbolicLink', 'symbolic link'],
  ['CharacterDevice', 'device'],
  ['BlockDevice', 'device'],
  ['FIFO', 'pipe'],
]);

/** What is special about a tar file. */
export interface TarOptions extends UnpackOptions {
  /** Where an entry goes below the folder; undefined leaves it out, whatever it is. Default: where it says. */
  readonly select?: (path: string) => string | undefined;
  /** An archive of nothing is no damage. */
  readonly mayBeEmpty?: boolean;
}

/**
 * Unpacks a tar file, gzipped or not, or as another stream makes it plain, into an empty folder.
 * @throws StorageError; the caller removes the folder then.
 */
export async function unpackTar(
  file: string,
  folder: string,
  packing: boolean | Duplex,
  options: TarOptions,
): Promise<void> {
  const decompress = packing === true ? createGunzip() : packing === false ? undefined : packing;
  const rules = new EntryRules(options);
  const limit = options.maxBytes + options.maxEntries * OVERHEAD_BYTES_PER_ENTRY;
  let failure: unknown;
  let queue: Promise<void> = Promise.resolve();
  let entries = 0;
  let isBlank = true;
  const abort = new AbortController();
  const fail = (thrown: unknown) => {
    failure ??= thrown;
    abort.abort();
  };
  const given = () => fail(options.signal?.reason);
  options.signal?.addEventListener('abort', given);
  if (options.signal?.aborted) given();
  const parser = new Parser({ strict: true, maxDecompressionRatio: Number.POSITIVE_INFINITY });
  parser.on('entry', (entry: ReadEntry) => {
    entries++;
    const job = queue.then(() =>
      failure === undefined ? unpackEntry(entry, folder, rules, options, abort.signal) : undefined,
    );
    queue = job.catch(fail);
    // A stream that nobody reads would hold up the parser for ever.
    queue.then(() => entry.resume());
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    if (
      ![
        'GlobalExtendedHeader',
        'ExtendedHeader',
        'OldExtendedHeader',
        'NextFileHasLongPath',
        'NextFileHasLongLinkpath',
      ].includes(entry.type)
    ) {
      fail(
        new StorageError('ArchiveRefused', `the archive is refused: it has an entry of the unknown type ${entry.type}`),
      );
    }
  });
  const ended = new Promise<void>((resolve) => {
    parser.on('end', () => resolve());
    parser.on('error', (thrown: unknown) => {
      fail(corrupt(thrown));
      resolve();
    });
  });
  const count = countBytes(limit);
  try {
    const source = createReadStream(file);
    const sink = async (stream: AsyncIterable<Buffer>) => {
      for await (const chunk of stream) {
        // The parser does not know an archive that is nothing but its end.
        isBlank &&= chunk.every((byte) => byte === 0);
        if (isBlank && options.mayBeEmpty === true) continue;
        if (failure !== undefined) return;
        if (!parser.write(chunk)) await drained(parser, abort.signal);
      }
      if (isBlank && options.mayBeEmpty === true) parser.emit('end');
      else parser.end();
    };
    if (decompress !== undefined) await pipeline(source, decompress, count, sink, { signal: abort.signal });
    else await pipeline(source, count, sink, { signal: abort.signal });
    if (failure === undefined) await ended;
  } catch (thrown) {
    // Ends the entry that is being written as well: its rest will never come.
    fail(thrown instanceof StorageError ? thrown : corrupt(thrown));
  }
  await queue;
  options.signal?.removeEventListener('abort', given);
  if (failure !== undefined) throw failure;
  if (entries === 0 && options.mayBeEmpty !== true)
    throw new StorageError('CorruptArchive', 'the archive holds nothing');
}

async function unpackEntry(
  entry: ReadEntry,
  folder: string,
  rules: EntryRules,
  options: TarOptions,
  signal: AbortSignal,
): Promise<void> {
  const type = TYPES.get(entry.type) ?? entry.type;
  const path = options.select === undefined ? entry.path : options.select(entry.path);
  if (path === undefined) return;
  const parts = rules.admit({ path, type, sizeBytes: entry.size, mode: entry.mode ?? 0 });
  if (type === 'folder') await writeFolder(folder, parts);
  else
    await writeFile(folder, parts, Readable.from(entry as AsyncIterable<Buffer>), entry.size, options.onBytes, signal);
}

function countBytes(limit: number): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      total += chunk.length;
      if (total > limit)
        next(new StorageError('LimitExceeded', 'the archive unpacks to more than the limit for a model'));
      else next(null, chunk);
    },
  });
}

function drained(parser: Parser, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      parser.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    parser.on('drain', done);
    signal.addEventListener('abort', done);
  });
}

function corrupt(thrown: unknown): StorageError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StorageError('CorruptArchive', `the archive is damaged or cut: ${message.slice(0, 200)}`, {
    cause: thrown,
  });
}

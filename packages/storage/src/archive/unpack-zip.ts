import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import yauzl, { type ZipEntry, type ZipFile } from 'yauzl';
import { StorageError } from '../storage-error.ts';
import { EntryRules, refused } from './entry-rules.ts';
import type { UnpackOptions } from './unpack.ts';
import { writeFile, writeFolder } from './write-entry.ts';

const TYPE_MASK = 0o170000;
const TYPES: ReadonlyMap<number, string> = new Map([
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'symbolic link'],
  [0o020000, 'device'],
  [0o060000, 'device'],
  [0o010000, 'pipe'],
  [0o140000, 'socket'],
]);
/** Made by zip tools that run on Unix: only these carry file modes. */
const MADE_ON_UNIX = new Set([3, 19]);

/**
 * Unpacks a zip file into an empty folder. The directory at its end and the headers before each entry must agree, and no
 * two entries may share bytes.
 * @throws StorageError; the caller removes the folder then.
 */
export async function unpackZip(file: string, folder: string, options: UnpackOptions): Promise<void> {
  const zip = await openZip(file);
  const rules = new EntryRules(options);
  const ranges: { start: number; end: number; path: string }[] = [];
  try {
    if (zip.entryCount > options.maxEntries) {
      throw new StorageError('LimitExceeded', `the archive has more than ${options.maxEntries} entries`);
    }
    if (zip.entryCount === 0) throw new StorageError('CorruptArchive', 'the archive holds nothing');
    const admitted: { entry: ZipEntry; parts: string[]; isFolder: boolean }[] = [];
    for await (const entry of zip.eachEntry()) {
      const isFolder = entry.fileName.endsWith('/');
      const mode = MADE_ON_UNIX.has(entry.versionMadeBy >> 8) ? entry.externalFileAttributes >>> 16 : 0;
      const declared = (mode & TYPE_MASK) === 0 ? undefined : (TYPES.get(mode & TYPE_MASK) ?? 'special file');
      const type = declared ?? (isFolder ? 'folder' : 'file');
      if ((type === 'folder') !== isFolder && (type === 'folder' || type === 'file')) {
        throw refused(entry.fileName, 'its name and its type disagree');
      }
      if ((entry.generalPurposeBitFlag & 1) !== 0) throw refused(entry.fileName, 'it is encrypted');
      const parts = rules.admit({ path: entry.fileName, type, sizeBytes: entry.uncompressedSize, mode });
      const start = entry.relativeOffsetOfLocalHeader;
      ranges.push({ start, end: start + 30 + entry.fileName.length + entry.compressedSize, path: entry.fileName });
      admitted.push({ entry, parts, isFolder });
    }
    refuseOverlaps(ranges);
    for (const { entry, parts, isFolder } of admitted) {
      options.signal?.throwIfAborted();
      if (isFolder) {
        await writeFolder(folder, parts);
        continue;
      }
      await compareHeaders(zip, entry);
      const content = await openContent(zip, entry);
      const checksum = await writeFile(folder, parts, content, entry.uncompressedSize, options.onBytes, options.signal);
      if (checksum !== entry.crc32 >>> 0) {
        throw new StorageError(
          'CorruptArchive',
          `the archive is damaged: the checksum of "${entry.fileName}" is wrong`,
        );
      }
    }
  } catch (thrown) {
    throw asRefusal(thrown);
  } finally {
    zip.close();
  }
}

async function openZip(file: string): Promise<ZipFile> {
  try {
    return await yauzl.openPromise(file, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
      validateEntrySize: false,
    });
  } catch (thrown) {
    throw asRefusal(thrown);
  }
}

const STORED = 0;
const DEFLATED = 8;

/** The entry's bytes, inflated by us: the library's own stream throws outside of itself where a size is wrong. */
async function openContent(zip: ZipFile, entry: ZipEntry): Promise<Readable> {
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw refused(
      entry.fileName,
      `its compression method ${entry.compressionMethod} is none that zip tools use by themselves`,
    );
  }
  if (entry.compressedSize === 0) return Readable.from([]);
  const packed = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  if (entry.compressionMethod === STORED) return packed;
  const inflate = createInflateRaw();
  packed.on('error', (error) => inflate.destroy(error));
  return packed.pipe(inflate);
}

async function compareHeaders(zip: ZipFile, entry: ZipEntry): Promise<void> {
  const header = await zip.readLocalFileHeaderPromise(entry, { minimal: false });
  if (!header.fileName.equals(entry.fileNameRaw)) {
    throw refused(entry.fileName, 'its header gives another name than the directory of the archive');
  }
}

function refuseOverlaps(ranges: { start: number; end: number; path: string }[]): void {
  ranges.sort((left, right) => left.start - right.start);
  for (const [index, range] of ranges.entries()) {
    const next = ranges[index + 1];
    if (next !== undefined && next.start < range.end) throw refused(next.path, 'it shares bytes with another entry');
  }
}

function asRefusal(thrown: unknown): unknown {
  if (thrown instanceof StorageError || !(thrown instanceof Error) || 'syscall' in thrown) return thrown;
  if (/relative path|absolute path|invalid characters/.test(thrown.message)) {
    return new StorageError('ArchiveRefused', `the archive is refused: ${thrown.message.slice(0, 200)}`, {
      cause: thrown,
    });
  }
  return new StorageError('CorruptArchive', `the archive is damaged or cut: ${thrown.message.slice(0, 200)}`, {
    cause: thrown,
  });
}

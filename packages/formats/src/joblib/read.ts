import { LoadError } from '@berth/inference';
import { Budget } from '../pickle/budget.ts';
import { ByteReader } from '../pickle/byte-reader.ts';
import { unpickle } from '../pickle/machine.ts';
import { isOpcode } from '../pickle/opcodes.ts';
import type { PyValue } from '../pickle/values.ts';
import { decompress, decompressHead, detectCompression } from './decompress.ts';
import { decompressOffThread } from './decompress-off-thread.ts';
import { readFirstBytes } from './first-bytes.ts';
import { JoblibWorld } from './joblib-world.ts';

/** 10 GiB, the server's default for one model file. */
export const DEFAULT_MAX_BYTES = 10 * 1024 ** 3;
/** Of what a compressed file holds, read first. */
const HEAD_BYTES = 1 << 20;

/** What may be read, and what is to be told. */
export interface ReadOptions {
  readonly maxBytes?: number;
  /** Takes the packages that the file names things of. */
  readonly packages?: Set<string>;
}

/**
 * Reads a pickle or joblib file, compressed or not, as data.
 * @throws LoadError CorruptModel, UnsafeModel, UnsupportedModel or LimitExceeded, with a text for people.
 */
export function readPickleFile(bytes: Uint8Array, options: ReadOptions = {}): PyValue {
  const stored = bytes.length;
  const plain = decompress(bytes, detectCompression(bytes), outputLimit(bytes, options.maxBytes));
  return readUnpacked(plain, stored, options.packages);
}

/** The file's contents without its compression, unpacked off the thread where it is large. Takes `bytes` over. */
export function unpackFile(bytes: Uint8Array<ArrayBuffer>, maxBytes?: number): Promise<Uint8Array> {
  return decompressOffThread(bytes, detectCompression(bytes), outputLimit(bytes, maxBytes));
}

/**
 * {@link unpackFile} for a file that is nothing but one pickle: its first bytes are read before memory is taken for the rest,
 * so that what is no pickle, or names what it may not, is refused at once however much it would unpack to.
 * @throws LoadError as {@link readUnpacked}
 */
export async function unpackPickle(bytes: Uint8Array<ArrayBuffer>, maxBytes?: number): Promise<Uint8Array> {
  const compression = detectCompression(bytes);
  if (compression === 'none') return bytes;
  const head = decompressHead(bytes, compression, HEAD_BYTES);
  if (head.length > 0) {
    checkStart(head);
    const end = readFirstBytes(head, objectBytes(bytes.length, Number.POSITIVE_INFINITY));
    if (end !== undefined) return unpackShort(bytes, end);
  }
  return unpackFile(bytes, maxBytes);
}

/** Unpacks a file whose pickle is known to end after `end` bytes; savers put nothing behind it. */
async function unpackShort(bytes: Uint8Array<ArrayBuffer>, end: number): Promise<Uint8Array> {
  try {
    return await unpackFile(bytes, end + HEAD_BYTES);
  } catch (error) {
    if (!(error instanceof LoadError && error.reason === 'LimitExceeded')) throw error;
    throw new LoadError(
      'LimitExceeded',
      `the pickle in the compressed file ends after ${end} bytes, and more than ${HEAD_BYTES} bytes follow it; it looks like a bomb`,
    );
  }
}

/**
 * Reads what {@link unpackFile} gave for a file of `stored` bytes, and adds the packages it names things of to `packages`.
 * @throws LoadError as {@link readPickleFile}
 */
export function readUnpacked(plain: Uint8Array, stored: number, packages: Set<string> = new Set()): PyValue {
  if (plain.length === 0) throw new LoadError('CorruptModel', 'the file is empty');
  checkStart(plain);
  return unpickle(new ByteReader(plain), new JoblibWorld(packages), new Budget(objectBytes(stored, plain.length)));
}

function checkStart(plain: Uint8Array): void {
  if (!isOpcode(plain[0])) throw new LoadError('CorruptModel', 'the file is no pickle and no joblib file');
}

/**
 * Bytes that may describe objects: the file's own, but not all that a small file swells to. Arrays may be all zeros;
 * objects with their names and numbers compress some twenty times, most arrays less.
 */
function objectBytes(stored: number, plain: number): number {
  return Math.min(plain, 4 * 1024 ** 2 + 200 * stored);
}

function outputLimit(bytes: Uint8Array, maxBytes = DEFAULT_MAX_BYTES): number {
  // The model is built beside what was unpacked. 0 where the system does not tell.
  const free = process.availableMemory() / 2 || Number.POSITIVE_INFINITY;
  return Math.floor(Math.min(maxBytes, honestSize(bytes.length), free));
}

/** What a compressed file of that size can honestly hold: zlib reaches 1000 to 1, on zeros alone. */
function honestSize(compressed: number): number {
  return 256 * 1024 ** 2 + 1000 * compressed;
}

/** Whether the first bytes are those of a pickle (protocol 2 and newer) or of a compressed file that may hold one. */
export function looksLikePickle(head: Uint8Array): boolean {
  if (head.length < 2) return false;
  if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5) return true;
  if (detectCompression(head) !== 'none') return true;
  // Protocols 0 and 1: `ccopy_reg\n`, `(dp0`, `(lp0`, `csklearn…`.
  return /^(c[a-z_][\w.]*\n|\((?:dp|lp|i)|ccopy)/.test(Buffer.from(head.subarray(0, 200)).toString('latin1'));
}

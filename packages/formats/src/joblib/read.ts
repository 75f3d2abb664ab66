import { LoadError } from '@berth/inference';
import { Budget } from '../pickle/budget.ts';
import { ByteReader } from '../pickle/byte-reader.ts';
import { unpickle } from '../pickle/machine.ts';
import { isOpcode } from '../pickle/opcodes.ts';
import type { PyValue } from '../pickle/values.ts';
import { decompress, detectCompression } from './decompress.ts';
import { decompressOffThread } from './decompress-off-thread.ts';
import { JoblibWorld } from './joblib-world.ts';

/** 10 GiB, the server's default for one model file. */
export const DEFAULT_MAX_BYTES = 10 * 1024 ** 3;

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
 * Reads what {@link unpackFile} gave for a file of `stored` bytes, and adds the packages it names things of to `packages`.
 * @throws LoadError as {@link readPickleFile}
 */
export function readUnpacked(plain: Uint8Array, stored: number, packages: Set<string> = new Set()): PyValue {
  if (plain.length === 0) throw new LoadError('CorruptModel', 'the file is empty');
  if (!isOpcode(plain[0])) throw new LoadError('CorruptModel', 'the file is no pickle and no joblib file');
  return unpickle(new ByteReader(plain), new JoblibWorld(packages), new Budget(objectBytes(stored, plain.length)));
}

/**
 * Bytes that may describe objects: the file's own, but not all that a small file swells to. Arrays may be all zeros;
 * objects with their names and numbers compress some twenty times, most arrays less.
 */
function objectBytes(stored: number, plain: number): number {
  return Math.min(plain, 4 * 1024 ** 2 + 200 * stored);
}

function outputLimit(bytes: Uint8Array, maxBytes = DEFAULT_MAX_BYTES): number {
  return Math.min(maxBytes, honestSize(bytes.length));
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

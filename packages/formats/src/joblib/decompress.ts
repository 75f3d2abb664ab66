import { constants, createGunzip, createInflate, gunzipSync, inflateSync } from 'node:zlib';
import { LoadError } from '@berth/inference';
import { decompressBzip2 } from '../compression/bzip2.ts';
import { decompressLz4 } from '../compression/lz4.ts';
import { decompressLzmaAlone } from '../compression/lzma-alone.ts';
import { OutputBuffer } from '../compression/output-buffer.ts';
import { decompressXz } from '../compression/xz.ts';

/** How a file is compressed as a whole; `none` for plain bytes. */
export type Compression = 'none' | 'zlib' | 'gzip' | 'bz2' | 'lzma' | 'xz' | 'lz4' | 'zfile';

/** Tells the compression from the first bytes (joblib `numpy_pickle_utils.py`, `_detect_compressor`). */
export function detectCompression(head: Uint8Array): Compression {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  // CMF 0x78 with a check sum that fits: 'x' starts no pickle.
  if (head[0] === 0x78 && ((head[0] << 8) | head[1]) % 31 === 0) return 'zlib';
  if (starts(0x42, 0x5a, 0x68)) return 'bz2';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'xz';
  // A `.lzma` header: properties 0x5d, then the low bytes of a power-of-two dictionary size.
  if (starts(0x5d, 0x00, 0x00)) return 'lzma';
  if (starts(0x04, 0x22, 0x4d, 0x18)) return 'lz4';
  if (starts(0x5a, 0x46, 0x30, 0x78)) return 'zfile';
  return 'none';
}

/** Old joblib wrote `ZF`, the length as 19 characters of hex text, then zlib. */
const ZFILE_HEADER = 21;
/** Of a stream; the default of 16 KiB asks for a turn of the event loop each. */
const CHUNK_BYTES = 1 << 20;

/**
 * The whole file, decompressed, with at most `maxBytes` of output.
 * @throws LoadError CorruptModel, or LimitExceeded where the output would pass `maxBytes`.
 */
export function decompress(bytes: Uint8Array, compression: Compression, maxBytes: number): Uint8Array {
  if (compression === 'none') return bytes;
  try {
    if (isZlib(compression)) return unzip(compression)(zlibPart(bytes, compression), { maxOutputLength: maxBytes });
    const out = new OutputBuffer(maxBytes, bytes.length * 4);
    decode(bytes, compression, out);
    return out.view();
  } catch (error) {
    throw toLoadError(error, compression, maxBytes);
  }
}

/**
 * {@link decompress} for large files: what is decompressed lies in memory once, where zlib's own function holds its pieces
 * beside the whole.
 */
export async function decompressLarge(
  bytes: Uint8Array,
  compression: Compression,
  maxBytes: number,
): Promise<Uint8Array<ArrayBufferLike>> {
  if (!isZlib(compression)) return decompress(bytes, compression, maxBytes);
  const out = new OutputBuffer(maxBytes, bytes.length * 4);
  const stream = (compression === 'gzip' ? createGunzip : createInflate)({ chunkSize: CHUNK_BYTES });
  try {
    stream.end(zlibPart(bytes, compression));
    for await (const chunk of stream as AsyncIterable<Buffer<ArrayBuffer>>) {
      out.append(chunk);
      // A chunk that zlib has filled is given back now: as garbage they would double what is taken.
      if (chunk.buffer.byteLength === CHUNK_BYTES && chunk.byteOffset + chunk.length === CHUNK_BYTES) {
        chunk.buffer.transfer(0);
      }
    }
    return out.view();
  } catch (error) {
    throw toLoadError(error, compression, maxBytes);
  }
}

/**
 * The first bytes of what a file holds: at most `maxBytes`, often fewer, and none where even they are damaged.
 * The rest of the file is not looked at.
 */
export function decompressHead(bytes: Uint8Array, compression: Compression, maxBytes: number): Uint8Array {
  if (compression === 'none') return bytes.subarray(0, maxBytes);
  if (isZlib(compression)) {
    const part = zlibPart(bytes, compression).subarray(0, Math.floor(maxBytes / ZLIB_RATIO));
    try {
      return unzip(compression)(part, { maxOutputLength: maxBytes, finishFlush: constants.Z_SYNC_FLUSH });
    } catch {
      return new Uint8Array(0);
    }
  }
  const out = new OutputBuffer(maxBytes, 0);
  try {
    decode(bytes, compression, out);
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
  }
  return out.view();
}

/** No byte of deflate makes more (zlib's `zlib_tech.html`, "maximum compression factor"). */
const ZLIB_RATIO = 1032;

type ZlibKind = 'zlib' | 'gzip' | 'zfile';

function isZlib(compression: Compression): compression is ZlibKind {
  return compression === 'zlib' || compression === 'gzip' || compression === 'zfile';
}

function unzip(compression: ZlibKind): typeof gunzipSync {
  return compression === 'gzip' ? gunzipSync : inflateSync;
}

function zlibPart(bytes: Uint8Array, compression: ZlibKind): Uint8Array {
  if (compression !== 'zfile') return bytes;
  return bytes.subarray(bytes[ZFILE_HEADER] === 0x20 ? ZFILE_HEADER + 1 : ZFILE_HEADER);
}

function decode(bytes: Uint8Array, compression: Exclude<Compression, ZlibKind | 'none'>, out: OutputBuffer): void {
  switch (compression) {
    case 'bz2':
      decompressBzip2(bytes, out);
      break;
    case 'lzma':
      decompressLzmaAlone(bytes, out);
      break;
    case 'xz':
      decompressXz(bytes, out);
      break;
    case 'lz4':
      decompressLz4(bytes, out);
      break;
  }
}

function toLoadError(error: unknown, compression: Compression, maxBytes: number): LoadError {
  if (error instanceof LoadError) return error;
  if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
    return new LoadError('LimitExceeded', `the ${compression}-compressed file holds more than ${maxBytes} bytes`);
  }
  return new LoadError(
    'CorruptModel',
    `the ${compression} compression is cut or damaged (${(error as Error).message})`,
    { cause: error },
  );
}

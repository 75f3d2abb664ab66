import { gunzipSync, inflateSync } from 'node:zlib';
import { LoadError } from '@berth/inference';
import { decompressBzip2 } from '../compression/bzip2.ts';
import { decompressLz4 } from '../compression/lz4.ts';
import { decompressLzmaAlone } from '../compression/lzma-alone.ts';
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

/**
 * The whole file, decompressed, with at most `maxBytes` of output.
 * @throws LoadError CorruptModel, or LimitExceeded where the output would pass `maxBytes`.
 */
export function decompress(bytes: Uint8Array, compression: Compression, maxBytes: number): Uint8Array {
  try {
    switch (compression) {
      case 'none':
        return bytes;
      case 'zlib':
        return inflateSync(bytes, { maxOutputLength: maxBytes });
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: maxBytes });
      case 'zfile':
        return inflateSync(bytes.subarray(bytes[ZFILE_HEADER] === 0x20 ? ZFILE_HEADER + 1 : ZFILE_HEADER), {
          maxOutputLength: maxBytes,
        });
      case 'bz2':
        return decompressBzip2(bytes, maxBytes);
      case 'lzma':
        return decompressLzmaAlone(bytes, maxBytes);
      case 'xz':
        return decompressXz(bytes, maxBytes);
      case 'lz4':
        return decompressLz4(bytes, maxBytes);
    }
  } catch (error) {
    if (error instanceof LoadError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new LoadError('LimitExceeded', `the ${compression}-compressed file holds more than ${maxBytes} bytes`);
    }
    throw new LoadError(
      'CorruptModel',
      `the ${compression} compression is cut or damaged (${(error as Error).message})`,
      {
        cause: error,
      },
    );
  }
}

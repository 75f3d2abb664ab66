import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { TableError } from '../table-error.ts';

type Codec = (input: Uint8Array, outputLength: number) => Uint8Array;

/** A page beyond this is damage or malice: writers make pages of a megabyte or so. */
const MAX_PAGE = 2 ** 30;

const bounded =
  (decompress: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array): Codec =>
  (input, outputLength) => {
    if (outputLength > MAX_PAGE) throw new TableError(`a page has ${outputLength} bytes; at most ${MAX_PAGE} are read`);
    return decompress(input, { maxOutputLength: Math.max(1, outputLength) });
  };

const refused = (name: string) => (): never => {
  throw new TableError(`the file is compressed with ${name}, which is not read`, 'write it with snappy, zstd or gzip');
};

/** Node's own decompressors; Snappy is the reader's. */
export const CODECS = {
  GZIP: bounded(gunzipSync),
  BROTLI: bounded(brotliDecompressSync),
  ZSTD: bounded(zstdDecompressSync),
  LZ4: refused('LZ4'),
  LZ4_RAW: refused('LZ4'),
  LZO: refused('LZO'),
};

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { InferenceError, invalidInput } from '@berth/inference';
import { tooLarge } from './too-large.ts';

/** What a request may name in Content-Encoding. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

type Inflate = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const inflateZlib = promisify(inflate) as Inflate;
const inflateBare = promisify(inflateRaw) as Inflate;

/** "deflate" means the zlib format (RFC 9110); clients that send the bare stream are told by its first bytes. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0] & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

const DECODERS: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['gzip', promisify(gunzip) as Inflate],
  ['x-gzip', promisify(gunzip) as Inflate],
  ['deflate', (bytes, options) => (hasZlibHeader(bytes) ? inflateZlib : inflateBare)(bytes, options)],
  ['br', promisify(brotliDecompress) as Inflate],
]);

/** The decoder for a Content-Encoding; undefined where the body is plain. @throws InferenceError UNSUPPORTED_MEDIA */
export function decoderFor(encoding: string | undefined): Inflate | undefined {
  if (encoding === undefined) return undefined;
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  const decoder = DECODERS.get(name);
  if (decoder !== undefined) return decoder;
  throw new InferenceError(
    'UNSUPPORTED_MEDIA',
    `Content-Encoding ${JSON.stringify(name.slice(0, 60))} is not supported; send the body plain or in one of: ${ACCEPTED_ENCODINGS}`,
  );
}

/**
 * Decompresses a body; the bound is on what comes out, whatever went in.
 * @throws InferenceError TOO_LARGE or INVALID_INPUT
 */
export async function inflateBody(bytes: Buffer, decoder: Inflate, limit: number): Promise<Buffer> {
  try {
    return await decoder(bytes, { maxOutputLength: limit });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit + 1, limit);
    throw invalidInput('the body can not be decompressed: it is damaged, cut, or not in the declared Content-Encoding');
  }
}

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { InferenceError, invalidInput } from '@berth/inference';
import { tooLarge } from './too-large.ts';

/** What a request may name in Content-Encoding. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** Makes the stream that decompresses a body. */
type Decoder = (bytes: Buffer) => Transform;

/** "deflate" means the zlib format (RFC 9110); clients that send the bare stream are told by its first bytes. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0] & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', (bytes) => (hasZlibHeader(bytes) ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
]);

/** The decoder for a Content-Encoding; undefined where the body is plain. @throws InferenceError UNSUPPORTED_MEDIA */
export function decoderFor(encoding: string | undefined): Decoder | undefined {
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
 * @param take told of bytes before they are kept; what it throws ends the work
 * @throws InferenceError TOO_LARGE or INVALID_INPUT
 */
export async function inflateBody(
  bytes: Buffer,
  decoder: Decoder,
  limit: number,
  take: (bytes: number) => void,
): Promise<Buffer> {
  const stream = decoder(bytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    stream.end(bytes);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge(size, limit);
      take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof InferenceError) throw error;
    throw invalidInput('the body can not be decompressed: it is damaged, cut, or not in the declared Content-Encoding');
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}

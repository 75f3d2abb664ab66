import type { FileHandle } from 'node:fs/promises';
import type { Encoding } from '../table.ts';
import type { FoundEncoding } from './encoding.ts';

const PIECE = 1 << 20;

/**
 * The file's text as UTF-8 bytes, from byte `offset` of that text on, in pieces of about a megabyte. UTF-8 is read from
 * there; other encodings are read from the start, since the places of their characters can not be computed.
 */
export async function* readText(file: FileHandle, found: FoundEncoding, offset = 0): AsyncGenerator<Uint8Array> {
  if (found.encoding === 'utf-8') {
    yield* readPieces(file, found.skip + offset);
    return;
  }
  let passed = 0;
  for await (const piece of transcoded(readPieces(file, found.skip), found.encoding)) {
    const skip = Math.min(piece.length, offset - passed);
    passed += skip;
    if (skip < piece.length) yield skip === 0 ? piece : piece.subarray(skip);
  }
}

async function* readPieces(file: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  for (let position = start; ; ) {
    const piece = Buffer.allocUnsafeSlow(PIECE);
    const { bytesRead } = await file.read(piece, 0, PIECE, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

async function* transcoded(pieces: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }), 'utf8');
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest, 'utf8');
}

/** Bytes that separator, header and encoding are told from. */
const HEAD = 1 << 18;

/** The first bytes of a file, raw, or as UTF-8 where the encoding is known; `isWhole` where that is all of it. */
export async function firstBytes(
  file: FileHandle,
  found?: FoundEncoding,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of found === undefined ? readPieces(file, 0) : readText(file, found)) {
    pieces.push(piece);
    length += piece.length;
    if (length > HEAD) break;
  }
  return { bytes: Buffer.concat(pieces).subarray(0, HEAD), isWhole: length <= HEAD };
}

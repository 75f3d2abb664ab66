import { LzmaDecoder } from './lzma.ts';
import { damaged, OutputBuffer } from './output-buffer.ts';

const HEADER = 13;

/** Decodes a `.lzma` file (Python's `lzma.FORMAT_ALONE`): properties, dictionary size, size or -1, one LZMA stream. */
export function decompressLzmaAlone(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length < HEADER + 5) throw damaged('LZMA', 'it ends too early');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = view.getBigUint64(5, true);
  const known = size === 0xffffffffffffffffn ? undefined : Number(size);
  const out = new OutputBuffer(maxBytes, bytes.length * 4);
  if (known !== undefined && known > maxBytes) out.reserve(known);
  const decoder = new LzmaDecoder(out);
  decoder.setProperties(bytes[0]);
  decoder.resetState();
  decoder.decode(bytes, HEADER, bytes.length, known);
  return out.view();
}

import { LzmaDecoder } from './lzma.ts';
import { damaged, type OutputBuffer } from './output-buffer.ts';

const HEADER = 13;

/** Decodes a `.lzma` file (Python's `lzma.FORMAT_ALONE`): properties, dictionary size, size or -1, one LZMA stream. */
export function decompressLzmaAlone(bytes: Uint8Array, out: OutputBuffer): void {
  if (bytes.length < HEADER + 5) throw damaged('LZMA', 'it ends too early');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = view.getBigUint64(5, true);
  const known = size === 0xffffffffffffffffn ? undefined : Number(size);
  if (known !== undefined && known > out.maxBytes) out.reserve(known);
  const decoder = new LzmaDecoder(out);
  decoder.setProperties(bytes[0]);
  decoder.resetState();
  decoder.decode(bytes, HEADER, bytes.length, known);
}

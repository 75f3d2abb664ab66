import { damaged, type OutputBuffer } from './output-buffer.ts';
import { xxhash32 } from './xxhash32.ts';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
const MIN_MATCH = 4;

/** Decodes an LZ4 frame file (lz4 `doc/lz4_Frame_format.md`), with its checksums; several frames in a row. */
export function decompressLz4(bytes: Uint8Array, out: OutputBuffer): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let position = 0;
  const take = (length: number): number => {
    const start = position;
    if (length > bytes.length - start) throw damaged('lz4', 'it ends too early');
    position += length;
    return start;
  };
  while (position < bytes.length) {
    const magic = view.getUint32(take(4), true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      take(view.getUint32(take(4), true));
      continue;
    }
    if (magic !== FRAME_MAGIC) throw damaged('lz4', 'a frame has no header');
    const header = position;
    const flags = bytes[take(2)];
    if (flags >> 6 !== 1) throw damaged('lz4', 'a frame of an unknown version');
    if (flags & 0x08) take(8);
    if (flags & 0x01) throw damaged('lz4', 'a frame needs a dictionary that is not in the file');
    const headerEnd = position;
    if (bytes[take(1)] !== ((xxhash32(bytes.subarray(header, headerEnd)) >>> 8) & 0xff)) {
      throw damaged('lz4', 'a frame header fails its check');
    }
    const frameStart = out.length;
    for (;;) {
      const word = view.getUint32(take(4), true);
      if (word === 0) break;
      const size = word & 0x7fffffff;
      const start = take(size);
      const block = bytes.subarray(start, start + size);
      // Blocks may refer to those before them, unless the frame says otherwise; what is written is the dictionary.
      if (word > 0x7fffffff) out.append(block);
      else decodeBlock(block, out, flags & 0x20 ? out.length : frameStart);
      if (flags & 0x10 && view.getUint32(take(4), true) !== xxhash32(block))
        throw damaged('lz4', 'a block fails its check');
    }
    if (flags & 0x04 && view.getUint32(take(4), true) !== xxhash32(out.view(frameStart))) {
      throw damaged('lz4', 'the contents fail their check');
    }
  }
}

/** One block (lz4 `doc/lz4_Block_format.md`). @param oldest where the reachable past begins. */
function decodeBlock(block: Uint8Array, out: OutputBuffer, oldest: number): void {
  let position = 0;
  const byte = (): number => {
    if (position >= block.length) throw damaged('lz4', 'a block ends too early');
    return block[position++];
  };
  const extend = (length: number): number => {
    let total = length;
    if (length !== 15) return total;
    for (;;) {
      const more = byte();
      total += more;
      if (more !== 255) return total;
    }
  };
  while (position < block.length) {
    const token = byte();
    const literals = extend(token >> 4);
    if (literals > block.length - position) throw damaged('lz4', 'a block ends too early');
    out.append(block.subarray(position, position + literals));
    position += literals;
    // The last sequence is literals alone.
    if (position === block.length) return;
    const distance = byte() | (byte() << 8);
    const length = extend(token & 0x0f) + MIN_MATCH;
    if (distance === 0 || distance > out.length - oldest) throw damaged('lz4', 'it repeats what was never written');
    out.repeat(distance, length);
  }
}

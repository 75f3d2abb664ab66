import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { LoadError } from '@berth/inference';
import { crc64 } from './crc64.ts';
import { LzmaDecoder } from './lzma.ts';
import { damaged, type OutputBuffer } from './output-buffer.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const STREAM_HEADER = 12;
const STREAM_FOOTER = 12;
const LZMA2_FILTER = 0x21;

/** Decodes an `.xz` file (the `.xz` format specification 1.1): LZMA2 blocks, each with its check; several streams in a row. */
export function decompressXz(bytes: Uint8Array, out: OutputBuffer): void {
  let position = 0;
  while (position < bytes.length) {
    // Streams may be padded with zeros to four bytes.
    if (position > 0 && bytes[position] === 0) {
      position++;
      continue;
    }
    position = new XzStream(bytes, position, out).decode();
  }
}

class XzStream {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;
  readonly #out: OutputBuffer;
  #check = 0;

  constructor(bytes: Uint8Array, position: number, out: OutputBuffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#position = position;
    this.#out = out;
  }

  decode(): number {
    const start = this.#take(STREAM_HEADER);
    if (!MAGIC.every((byte, i) => this.#bytes[start + i] === byte)) throw damaged('xz', 'the stream has no header');
    this.#check = this.#bytes[start + 7] & 0x0f;
    if (this.#view.getUint32(start + 8, true) !== crc32(this.#bytes.subarray(start + 6, start + 8))) {
      throw damaged('xz', 'the header fails its check');
    }
    const blocks: { unpadded: number; size: number }[] = [];
    while (this.#peek() !== 0) blocks.push(this.#block());
    this.#index(blocks);
    const footer = this.#take(STREAM_FOOTER);
    if (this.#bytes[footer + 10] !== 0x59 || this.#bytes[footer + 11] !== 0x5a)
      throw damaged('xz', 'the stream has no end');
    return this.#position;
  }

  #take(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw damaged('xz', 'it ends too early');
    this.#position += length;
    return start;
  }

  #peek(): number {
    if (this.#position >= this.#bytes.length) throw damaged('xz', 'it ends too early');
    return this.#bytes[this.#position];
  }

  /** A variable-length integer, seven bits a byte. */
  #integer(): number {
    let value = 0;
    for (let i = 0; i < 9; i++) {
      const byte = this.#bytes[this.#take(1)];
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw damaged('xz', 'a size has no end');
  }

  #block(): { unpadded: number; size: number } {
    const start = this.#position;
    const headerSize = (this.#peek() + 1) * 4;
    this.#take(headerSize);
    const headerEnd = this.#position;
    if (this.#view.getUint32(headerEnd - 4, true) !== crc32(this.#bytes.subarray(start, headerEnd - 4))) {
      throw damaged('xz', 'a block header fails its check');
    }
    this.#position = start + 1;
    const flags = this.#bytes[this.#take(1)];
    if (flags & 0x40) this.#integer();
    if (flags & 0x80) this.#integer();
    const filters = (flags & 3) + 1;
    const filter = this.#integer();
    if (filters !== 1 || filter !== LZMA2_FILTER) {
      throw new LoadError(
        'UnsupportedModel',
        'the xz file uses a filter beside LZMA2, which is not read; save it without filters',
      );
    }
    this.#position = headerEnd;
    const from = this.#out.length;
    this.#lzma2();
    const data = this.#position;
    while ((this.#position - headerEnd) % 4 !== 0) this.#take(1);
    const checkSize = this.#verify(this.#out.view(from));
    return { unpadded: data - start + checkSize, size: this.#out.length - from };
  }

  #lzma2(): void {
    const decoder = new LzmaDecoder(this.#out);
    let ready = false;
    for (;;) {
      const control = this.#bytes[this.#take(1)];
      if (control === 0) return;
      if (control < 0x80) {
        if (control > 2) throw damaged('xz', 'a chunk of no known kind');
        if (control === 1) decoder.resetDictionary();
        const at = this.#take(2);
        const size = this.#view.getUint16(at) + 1;
        const start = this.#take(size);
        this.#out.append(this.#bytes.subarray(start, start + size));
        continue;
      }
      const sizes = this.#take(4);
      const size = ((control & 0x1f) << 16) + this.#view.getUint16(sizes) + 1;
      const compressed = this.#view.getUint16(sizes + 2) + 1;
      const reset = (control >> 5) & 3;
      if (reset === 3) decoder.resetDictionary();
      if (reset >= 2) {
        decoder.setProperties(this.#bytes[this.#take(1)]);
        ready = true;
      }
      if (!ready) throw damaged('xz', 'a chunk has no properties');
      if (reset >= 1) decoder.resetState();
      const start = this.#take(compressed);
      decoder.decode(this.#bytes, start, start + compressed, size);
    }
  }

  /** Compares the block's check and returns its size. Unknown checks are skipped, as the specification asks. */
  #verify(data: Uint8Array): number {
    const size = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][this.#check];
    const at = this.#take(size);
    const fails =
      (this.#check === 1 && this.#view.getUint32(at, true) !== crc32(data)) ||
      (this.#check === 4 && this.#view.getBigUint64(at, true) !== crc64(data)) ||
      (this.#check === 10 &&
        !createHash('sha256')
          .update(data)
          .digest()
          .equals(this.#bytes.subarray(at, at + size)));
    if (fails) throw damaged('xz', 'a block fails its check');
    return size;
  }

  #index(blocks: readonly { unpadded: number; size: number }[]): void {
    const start = this.#position;
    this.#take(1);
    if (this.#integer() !== blocks.length) throw damaged('xz', 'the index does not fit the blocks');
    for (const block of blocks) {
      if (this.#integer() !== block.unpadded || this.#integer() !== block.size) {
        throw damaged('xz', 'the index does not fit the blocks');
      }
    }
    while ((this.#position - start) % 4 !== 0) this.#take(1);
    const end = this.#take(4);
    if (this.#view.getUint32(end, true) !== crc32(this.#bytes.subarray(start, end))) {
      throw damaged('xz', 'the index fails its check');
    }
  }
}

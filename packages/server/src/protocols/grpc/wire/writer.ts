import { frameOverhead } from '../transport/framing.ts';

/**
 * Writes protobuf's wire format into a growing buffer that starts with the room that a gRPC frame's head takes, so that a
 * finished message goes to the socket without a copy.
 */
export class Writer {
  private buffer: Buffer;
  private position = frameOverhead;

  constructor(capacity = 512) {
    this.buffer = Buffer.allocUnsafe(frameOverhead + capacity);
  }

  /** The frame: head (uncompressed) and message. The writer must not be used after this. */
  finish(): Buffer {
    this.buffer[0] = 0;
    this.buffer.writeUInt32BE(this.position - frameOverhead, 1);
    return this.buffer.subarray(0, this.position);
  }

  varint32(value: number): void {
    this.room(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  /** A 64 bit varint; negative numbers in two's complement. */
  varint64(value: bigint): void {
    this.room(10);
    let low = Number(BigInt.asUintN(32, value));
    let high = Number(BigInt.asUintN(32, value >> 32n));
    while (high > 0 || low > 0x7f) {
      this.buffer[this.position++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.buffer[this.position++] = low;
  }

  /** An int64 from a safe integer. */
  int64(value: number): void {
    if (value >= 0 && value <= 0x7fffffff) this.varint32(value);
    else this.varint64(BigInt(value));
  }

  byte(value: number): void {
    this.room(1);
    this.buffer[this.position++] = value;
  }

  double(value: number): void {
    this.room(8);
    this.buffer.writeDoubleLE(value, this.position);
    this.position += 8;
  }

  /** Tag, length and text. */
  string(tag: number, text: string): void {
    this.varint32(tag);
    this.text(text);
  }

  /** Length and text. */
  text(text: string): void {
    const length = text.length;
    if (length < 0x80 && this.shortAscii(text, length)) return;
    const bytes = Buffer.byteLength(text);
    this.varint32(bytes);
    this.room(bytes);
    this.buffer.write(text, this.position);
    this.position += bytes;
  }

  /** Length and bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint32(bytes.length);
    this.raw(bytes);
  }

  /** A BYTES element of the binary tensor extension: four bytes of length, little-endian, then the bytes. */
  lengthPrefixed(element: string | Uint8Array): void {
    const length = typeof element === 'string' ? Buffer.byteLength(element) : element.length;
    this.room(4 + length);
    this.buffer.writeUInt32LE(length, this.position);
    this.position += 4;
    if (typeof element === 'string') this.buffer.write(element, this.position);
    else this.buffer.set(element, this.position);
    this.position += length;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  /**
   * Opens a sub-message (or a packed field) whose length is not known yet; close it with `end(mark)`.
   * One byte is kept for the length; a longer one moves the content.
   */
  begin(tag: number): number {
    this.varint32(tag);
    this.room(1);
    return ++this.position;
  }

  end(mark: number): void {
    const length = this.position - mark;
    if (length < 0x80) {
      this.buffer[mark - 1] = length;
      return;
    }
    const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4;
    this.room(extra);
    this.buffer.copyWithin(mark + extra, mark, this.position);
    const end = this.position + extra;
    this.position = mark - 1;
    this.varint32(length);
    this.position = end;
  }

  private shortAscii(text: string, length: number): boolean {
    this.room(length + 1);
    const start = this.position + 1;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 0x80) return false;
      this.buffer[start + at] = code;
    }
    this.buffer[this.position] = length;
    this.position = start + length;
    return true;
  }

  private room(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }
}

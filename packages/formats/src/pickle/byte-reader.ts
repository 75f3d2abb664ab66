import { LoadError } from '@berth/inference';

// Python writes str with 'surrogatepass', which is not UTF-8; such a name is no name of a model and is refused.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

/** Longest text line (protocol 0) that is read: no name and no number of a model is longer. */
const MAX_LINE = 1 << 20;

/** Reads little-endian values from bytes; every length is checked against what is left before anything is made. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** Moves past `length` bytes and returns where they start. @throws LoadError CorruptModel past the end. */
  advance(length: number): number {
    const start = this.position;
    if (!(length >= 0 && length <= this.bytes.length - start)) {
      throw new LoadError(
        'CorruptModel',
        `the file is cut or damaged: at byte ${start} it promises ${length} more bytes and has ${this.remaining}`,
      );
    }
    this.position = start + length;
    return start;
  }

  u8(): number {
    return this.bytes[this.advance(1)];
  }

  u16(): number {
    return this.#view.getUint16(this.advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.advance(4), true);
  }

  /** An unsigned 64-bit length; beyond 2^53 it stays larger than any file, which is all a length check needs. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.advance(8), true));
  }

  /** A big-endian double (BINFLOAT). */
  f64be(): number {
    return this.#view.getFloat64(this.advance(8), false);
  }

  /** A view of the next `length` bytes, not a copy. */
  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /** The next `length` bytes as UTF-8 text. */
  utf8(length: number): string {
    const start = this.position;
    const raw = this.take(length);
    try {
      return utf8.decode(raw);
    } catch {
      throw new LoadError('CorruptModel', `the file is damaged: the text at byte ${start} is not UTF-8`);
    }
  }

  /** The next `length` bytes as Latin-1 text, one character a byte. */
  latin1(length: number): string {
    return latin1Text(this.take(length));
  }

  /** Bytes up to the next newline, which is consumed. */
  line(): Uint8Array {
    const start = this.position;
    const end = this.bytes.indexOf(10, start);
    if (end < 0 || end - start > MAX_LINE) {
      throw new LoadError('CorruptModel', `the file is cut or damaged: the line at byte ${start} has no end`);
    }
    this.position = end + 1;
    return this.bytes.subarray(start, end);
  }

  /** A line as UTF-8 text. */
  textLine(): string {
    const start = this.position;
    const raw = this.line();
    try {
      return utf8.decode(raw);
    } catch {
      throw new LoadError('CorruptModel', `the file is damaged: the text at byte ${start} is not UTF-8`);
    }
  }
}

/** Latin-1 as Python has it: byte n is code point n (`TextDecoder('latin1')` is windows-1252 for 0x80–0x9f). */
export function latin1Text(bytes: Uint8Array): string {
  let plain = true;
  for (let i = 0; i < bytes.length && plain; i++) plain = bytes[i] < 0x80 || bytes[i] > 0x9f;
  if (plain) return latin1.decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

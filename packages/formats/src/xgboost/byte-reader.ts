import { LoadError } from '@berth/inference';

/** Reads the little-endian records of XGBoost's old binary format; nothing is read or allocated past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view over the next `length` bytes. @throws LoadError CorruptModel that says which part is cut. */
  record(length: number, what: string): DataView {
    const start = this.#take(length, what);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** A length of 8 bytes, held against the bytes that are left. */
  count(elementBytes: number, what: string): number {
    const start = this.#take(8, what);
    const count = this.#view.getBigUint64(start, true);
    if (count * BigInt(elementBytes) > BigInt(this.left)) {
      throw cut(what, `${count} elements are announced, ${this.left} bytes are left`);
    }
    return Number(count);
  }

  /** Text with its length before it. */
  text(what: string): string {
    return this.characters(this.count(1, what), what);
  }

  /** Text of a known length. */
  characters(length: number, what: string): string {
    const start = this.#take(length, what);
    return new TextDecoder('utf-8').decode(this.#bytes.subarray(start, start + length));
  }

  #take(length: number, what: string): number {
    const start = this.#at;
    if (length > this.left) throw cut(what, `${length} bytes belong here, ${this.left} are left`);
    this.#at += length;
    return start;
  }
}

function cut(what: string, detail: string): LoadError {
  return new LoadError('CorruptModel', `the XGBoost binary model is cut or damaged in ${what}: ${detail}`);
}

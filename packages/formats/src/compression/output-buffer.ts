import { LoadError } from '@berth/inference';

/** Bytes that grow as they are decompressed, up to a bound; what was written is also the dictionary of LZ formats. */
export class OutputBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** The bound. */
  readonly maxBytes: number;

  /** @param sizeHint bytes to start with; the input's size bounds what a hostile header can ask for. */
  constructor(maxBytes: number, sizeHint: number) {
    this.maxBytes = maxBytes;
    this.#bytes = new Uint8Array(Math.min(maxBytes, Math.max(4096, sizeHint)));
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more bytes. @throws LoadError LimitExceeded past the bound. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    if (needed > this.maxBytes) {
      throw new LoadError('LimitExceeded', `the compressed file holds more than ${this.maxBytes} bytes`);
    }
    const grown = new Uint8Array(Math.min(this.maxBytes, Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.#bytes.subarray(0, this.#length));
    // Given back now: garbage of this size would lie there until the collector comes by.
    this.#bytes.buffer.transfer(0);
    this.#bytes = grown;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) this.reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The byte `distance` before the end; 1 is the last one. */
  back(distance: number): number {
    return this.#bytes[this.#length - distance];
  }

  /** Repeats `count` bytes from `distance` before the end; the two may overlap. The caller has checked `distance`. */
  repeat(distance: number, count: number): void {
    this.reserve(count);
    const bytes = this.#bytes;
    let to = this.#length;
    if (distance >= count) bytes.copyWithin(to, to - distance, to - distance + count);
    else for (let from = to - distance, end = to + count; to < end; ) bytes[to++] = bytes[from++];
    this.#length += count;
  }

  /** What was written from `start` on; a view, good until more is written. */
  view(start = 0): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(start, this.#length);
  }
}

/** What every decoder throws for damaged input. */
export function damaged(format: string, what: string): LoadError {
  return new LoadError('CorruptModel', `the ${format} compression is cut or damaged: ${what}`);
}

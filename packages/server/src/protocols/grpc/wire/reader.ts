import { invalidInput } from '@berth/inference';

/** Protobuf wire types; 3 and 4 (groups) are only ever skipped. */
export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_GROUP_START = 3;
const WIRE_GROUP_END = 4;
export const WIRE_FIXED32 = 5;

const MAX_GROUP_DEPTH = 100;
/** Strings up to this length are decoded in JavaScript where they are ASCII: cheaper than a native call. */
const SHORT_STRING = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads protobuf's wire format from a part of a buffer. Bytes and strings are bounded by the enclosing message, so no
 * length that a client claims causes an allocation.
 */
export class Reader {
  readonly buffer: Buffer;
  position: number;
  end: number;
  /** The halves of the last 64 bit number. */
  private low = 0;
  private high = 0;

  constructor(buffer: Buffer, start = 0, end: number = buffer.length) {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
  }

  /** A tag: field number * 8 + wire type. @throws InferenceError INVALID_INPUT for the illegal field number 0. */
  tag(): number {
    const tag = this.varint32();
    if (tag >>> 3 === 0) throw malformed('a field number of 0', this.position);
    return tag;
  }

  /** The low 32 bits of a varint, unsigned, as protobuf truncates it for 32 bit fields and lengths. */
  varint32(): number {
    const { buffer, end } = this;
    if (this.position >= end) throw malformed('an end in the middle of a number', this.position);
    let byte = buffer[this.position++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      if (this.position >= end) throw malformed('an end in the middle of a number', this.position);
      byte = buffer[this.position++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed('a number of more than 10 bytes', this.position);
  }

  /** A varint's 64 bits, unsigned. */
  varint64(): bigint {
    this.readWords();
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  /** Reads a varint into the little-endian halves of one 64 bit element: many times faster than by way of a bigint. */
  varint64Into(words: Int32Array, element: number): void {
    const first = this.position < this.end ? (this.buffer[this.position] as number) : 0x80;
    if (first < 0x80) {
      this.position++;
      words[2 * element] = first;
      words[2 * element + 1] = 0;
      return;
    }
    this.readWords();
    words[2 * element] = this.low;
    words[2 * element + 1] = this.high;
  }

  private readWords(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw malformed('an end in the middle of a number', this.position);
      const byte = this.buffer[this.position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw malformed('a number of more than 10 bytes', this.position);
  }

  /** A signed 64 bit number; beyond 2^53 it is inexact, which callers refuse by `Number.isSafeInteger`. */
  int64AsNumber(): number {
    const first = this.position < this.end ? (this.buffer[this.position] as number) : 0x80;
    if (first < 0x80) {
      this.position++;
      return first;
    }
    return Number(BigInt.asIntN(64, this.varint64()));
  }

  bool(): boolean {
    const first = this.buffer[this.position] as number;
    if (this.position < this.end && first < 0x80) {
      this.position++;
      return first !== 0;
    }
    return this.varint64() !== 0n;
  }

  float(): number {
    this.need(4);
    const value = this.buffer.readFloatLE(this.position);
    this.position += 4;
    return value;
  }

  double(): number {
    this.need(8);
    const value = this.buffer.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  /** Reads a length and answers the position where that many bytes end; the position is where they start. */
  lengthEnd(): number {
    const length = this.varint32();
    if (length > this.end - this.position) {
      throw malformed(`a length of ${length} where ${this.end - this.position} bytes are left`, this.position);
    }
    return this.position + length;
  }

  /** A view of the bytes of a field, not a copy. */
  bytes(): Buffer {
    const stop = this.lengthEnd();
    const view = this.buffer.subarray(this.position, stop);
    this.position = stop;
    return view;
  }

  /** @throws InferenceError INVALID_INPUT where the bytes are not UTF-8, as proto3 asks of strings. */
  string(): string {
    const stop = this.lengthEnd();
    const start = this.position;
    this.position = stop;
    if (stop - start <= SHORT_STRING) {
      let text = '';
      let at = start;
      for (; at < stop; at++) {
        const byte = this.buffer[at] as number;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (at === stop) return text;
    }
    try {
      return utf8.decode(this.buffer.subarray(start, stop));
    } catch {
      throw malformed('a string that is not UTF-8', start);
    }
  }

  /** Passes over the value of an unknown field. */
  skip(wireType: number, depth = 0): void {
    switch (wireType) {
      case WIRE_VARINT:
        this.varint64();
        return;
      case WIRE_FIXED64:
        this.need(8);
        this.position += 8;
        return;
      case WIRE_BYTES:
        this.position = this.lengthEnd();
        return;
      case WIRE_FIXED32:
        this.need(4);
        this.position += 4;
        return;
      case WIRE_GROUP_START:
        this.skipGroup(depth + 1);
        return;
      default:
        throw malformed(`a wire type of ${wireType}`, this.position);
    }
  }

  private skipGroup(depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw malformed('groups nested too deeply', this.position);
    for (;;) {
      const wireType = this.tag() & 7;
      if (wireType === WIRE_GROUP_END) return;
      this.skip(wireType, depth);
    }
  }

  private need(bytes: number): void {
    if (this.end - this.position < bytes) throw malformed('an end in the middle of a number', this.position);
  }
}

/** The error for bytes that are no protobuf message. */
export function malformed(what: string, position: number): Error {
  return invalidInput(
    `the message is not valid protobuf: ${what} at byte ${position}; was it cut or made for another RPC?`,
  );
}

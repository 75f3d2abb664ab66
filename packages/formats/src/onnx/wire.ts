import { LoadError } from '@berth/inference';

/** A protobuf field as it stands in the bytes: a number for varints, the bytes for everything else. */
export interface WireField {
  readonly field: number;
  readonly wire: 0 | 1 | 2 | 5;
  /** The varint's value as an int64; exact up to 2^53. */
  readonly value: number;
  /** The payload without tag and length (wire types 1, 2, 5). */
  readonly bytes: Uint8Array;
  /** Tag and payload as they stand, to be copied unread. */
  readonly whole: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * The fields of one protobuf message, one after another, none copied.
 * @throws LoadError CorruptModel for anything that is no protobuf.
 */
export function* fieldsIn(message: Uint8Array): Generator<WireField> {
  let offset = 0;
  while (offset < message.length) {
    const start = offset;
    const tag = readVarint(message, offset);
    offset = tag.next;
    const field = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (field < 1 || field > 536870911) throw corrupt('a field number is out of range');
    if (wire === 0) {
      const value = readVarint(message, offset);
      offset = value.next;
      yield { field, wire, value: value.value, bytes: NOTHING, whole: message.subarray(start, offset) };
      continue;
    }
    let length: number;
    if (wire === 2) {
      const prefix = readVarint(message, offset);
      offset = prefix.next;
      length = prefix.value;
    } else if (wire === 1 || wire === 5) length = wire === 1 ? 8 : 4;
    else throw corrupt(`wire type ${wire} is not used`);
    if (length < 0 || length > message.length - offset)
      throw corrupt('a field is longer than what is left of the file');
    const bytes = message.subarray(offset, offset + length);
    offset += length;
    yield { field, wire, value: 0, bytes, whole: message.subarray(start, offset) };
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let index = start; index < start + 10; index++) {
    const byte = bytes[index];
    if (byte === undefined) throw corrupt('a number is cut short');
    value += (byte & 0x7f) * scale;
    scale *= 128;
    // Only negative numbers take ten bytes, and their low bits are lost in a float.
    if (byte < 0x80) return { value: index === start + 9 ? negative(bytes, start) : value, next: index + 1 };
  }
  throw corrupt('a number is longer than ten bytes');
}

function negative(bytes: Uint8Array, start: number): number {
  let value = 0n;
  for (let index = 9; index >= 0; index--) value = value * 128n + BigInt(bytes[start + index] & 0x7f);
  return Number(BigInt.asIntN(64, value));
}

/** The numbers of a repeated integer field, which may be packed. */
export function integers(field: WireField): number[] {
  if (field.wire === 0) return [field.value];
  if (field.wire !== 2) return [];
  const numbers: number[] = [];
  let offset = 0;
  while (offset < field.bytes.length) {
    const read = readVarint(field.bytes, offset);
    numbers.push(read.value);
    offset = read.next;
  }
  return numbers;
}

/** The text of a string field; bytes that are not UTF-8 become U+FFFD. */
export function text(field: WireField): string {
  return decoder.decode(field.bytes);
}

const decoder = new TextDecoder();

/** Puts a message together. Pieces that are already encoded are not copied until `finish`. */
export class MessageWriter {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  varint(field: number, value: number): this {
    return this.raw(encodeVarint(field * 8)).raw(encodeVarint(value));
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.raw(encodeVarint(field * 8 + 2))
      .raw(encodeVarint(bytes.length))
      .raw(bytes);
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** Appends a nested message without joining its pieces first. */
  message(field: number, nested: MessageWriter): this {
    this.raw(encodeVarint(field * 8 + 2)).raw(encodeVarint(nested.#length));
    for (const piece of nested.#pieces) this.raw(piece);
    return this;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return whole;
  }
}

/** Not for negative numbers: none of the fields that are written has one. */
function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function corrupt(what: string): LoadError {
  return new LoadError('CorruptModel', `the file is no complete ONNX model: ${what}`);
}

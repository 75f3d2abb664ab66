import type { BytesElement, TensorData } from '@berth/inference';
import { malformed, Reader, WIRE_BYTES, WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT } from './reader.ts';

/** The fields of `InferTensorContents` by number; index 0 is unused. */
export const CONTENT_FIELDS = [
  '',
  'bool_contents',
  'int_contents',
  'int64_contents',
  'uint_contents',
  'uint64_contents',
  'fp32_contents',
  'fp64_contents',
  'bytes_contents',
] as const;

/** Occurrences of one singular field that are merged, as protobuf asks; more are refused. */
const MAX_OCCURRENCES = 16;
const WIRE_OF_FIELD = [-1, 0, 0, 0, 0, 0, WIRE_FIXED32, WIRE_FIXED64, WIRE_BYTES];

/**
 * The `contents` of one input, not decoded yet: how many elements each field holds, and where. What a client claims is
 * decoded only once it is known to fit the tensor's datatype and shape, into an array of the right size.
 */
export class Contents {
  /** Number of elements by field number. */
  readonly counts: Uint32Array = new Uint32Array(9);
  private readonly buffer: Buffer;
  private readonly ranges: number[] = [];

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** Reads one occurrence of the field `contents`: counts, checks, and passes over it. */
  add(reader: Reader): void {
    const end = reader.lengthEnd();
    if (this.ranges.length >= 2 * MAX_OCCURRENCES) {
      throw malformed('a field "contents" that stands too often', reader.position);
    }
    this.ranges.push(reader.position, end);
    const outer = reader.end;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      const field = tag >>> 3;
      const wireType = tag & 7;
      const elementWire = WIRE_OF_FIELD[field];
      if (elementWire === undefined) {
        reader.skip(wireType);
      } else if (wireType === WIRE_BYTES) {
        this.counts[field] = (this.counts[field] as number) + countPacked(reader, elementWire);
      } else if (wireType === elementWire) {
        reader.skip(wireType);
        this.counts[field] = (this.counts[field] as number) + 1;
      } else {
        reader.skip(wireType);
      }
    }
    reader.end = outer;
  }

  /** Decodes every element of `field` into `target`, whose length is the field's count. */
  fill(field: number, target: TensorData): void {
    let index = 0;
    const elementWire = WIRE_OF_FIELD[field] as number;
    for (let at = 0; at < this.ranges.length; at += 2) {
      const reader = new Reader(this.buffer, this.ranges[at], this.ranges[at + 1] as number);
      while (reader.position < reader.end) {
        const tag = reader.tag();
        if (tag >>> 3 !== field || (tag & 7) !== WIRE_BYTES) {
          if (tag >>> 3 === field && (tag & 7) === elementWire) index = readElement(reader, field, target, index);
          else reader.skip(tag & 7);
          continue;
        }
        if (field === 8) {
          (target as BytesElement[])[index++] = reader.bytes();
          continue;
        }
        const stop = reader.lengthEnd();
        const outer = reader.end;
        reader.end = stop;
        if (field >= 6) {
          index = copyFixed(reader, target as Float32Array | Float64Array, index);
        } else if (field === 3 || field === 5) {
          index = readLongs(reader, target as BigInt64Array, index);
        } else {
          while (reader.position < stop) index = readElement(reader, field, target, index);
        }
        reader.end = outer;
      }
    }
  }
}

/** Passes over one length-delimited value and answers how many elements it holds. */
function countPacked(reader: Reader, elementWire: number): number {
  const start = reader.position;
  const stop = reader.lengthEnd();
  const from = reader.position;
  reader.position = stop;
  if (elementWire === WIRE_BYTES) return 1;
  const length = stop - from;
  if (elementWire === WIRE_VARINT) {
    let count = 0;
    for (let at = from; at < stop; at++) if ((reader.buffer[at] as number) < 0x80) count++;
    if (length > 0 && (reader.buffer[stop - 1] as number) >= 0x80) throw malformed('a cut number', stop);
    return count;
  }
  const size = elementWire === WIRE_FIXED32 ? 4 : 8;
  if (length % size !== 0) throw malformed(`packed numbers whose ${length} bytes are no multiple of ${size}`, start);
  return length / size;
}

function copyFixed(reader: Reader, target: Float32Array | Float64Array, index: number): number {
  const bytes = reader.buffer.subarray(reader.position, reader.end);
  new Uint8Array(target.buffer, target.byteOffset + index * target.BYTES_PER_ELEMENT, bytes.length).set(bytes);
  reader.position = reader.end;
  return index + bytes.length / target.BYTES_PER_ELEMENT;
}

function readLongs(reader: Reader, target: BigInt64Array | BigUint64Array, index: number): number {
  const words = new Int32Array(target.buffer, target.byteOffset, target.length * 2);
  let next = index;
  while (reader.position < reader.end) reader.varint64Into(words, next++);
  return next;
}

function readElement(reader: Reader, field: number, target: TensorData, index: number): number {
  switch (field) {
    case 1:
      (target as Uint8Array)[index] = reader.bool() ? 1 : 0;
      break;
    case 2:
    case 4:
      // The typed array takes what protobuf's 32 bits leave and wraps it to its own width; callers check the range.
      (target as Int32Array)[index] = reader.varint32();
      break;
    case 3:
    case 5:
      (target as BigUint64Array)[index] = reader.varint64();
      break;
    case 6:
      (target as Float32Array)[index] = reader.float();
      break;
    default:
      (target as Float64Array)[index] = reader.double();
  }
  return index + 1;
}

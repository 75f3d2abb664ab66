import { LoadError } from '@berth/inference';
import type { DocumentValue, NumberArray } from './document.ts';

/** Levels of nesting a file may have; XGBoost's own files have 8. */
const MAX_DEPTH = 64;

/**
 * Objects and lists that a file may have, beside one for each 16 bytes of it: the shortest that XGBoost writes are arrays
 * with a name, a type and a length. An empty object is two bytes in the file and hundreds in memory.
 */
const SPARE_CONTAINERS = 100_000;
const BYTES_A_CONTAINER = 16;

const utf8 = new TextDecoder('utf-8');

/**
 * Reads a UBJSON document (draft 12, with XGBoost's habit of typed arrays): https://ubjson.org/.
 * Every length is held against the bytes that are left before anything is allocated, and nesting is bounded.
 * @throws LoadError CorruptModel that names the byte.
 */
export function parseUbjson(bytes: Uint8Array): DocumentValue {
  return new UbjsonReader(bytes).document();
}

class UbjsonReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #containersLeft: number;

  constructor(bytes: Uint8Array) {
    // A plain view: a Buffer's own slice() would not copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#containersLeft = SPARE_CONTAINERS + Math.floor(bytes.length / BYTES_A_CONTAINER);
  }

  document(): DocumentValue {
    const value = this.#value(this.#marker(), 0);
    for (; this.#at < this.#bytes.length; this.#at++) {
      const rest = this.#bytes[this.#at];
      if (rest !== 0x4e && rest !== 0x0a && rest !== 0x0d && rest !== 0) this.#fail('something follows the document');
    }
    return value;
  }

  #value(marker: string, depth: number): DocumentValue {
    switch (marker) {
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'S':
      case 'H':
        return this.#text();
      case 'C':
        return String.fromCharCode(this.#bytes[this.#take(1)]);
      case '[':
        return this.#array(this.#deeper(depth));
      case '{':
        return this.#object(this.#deeper(depth));
      default:
        return this.#number(marker);
    }
  }

  #number(marker: string): number {
    switch (marker) {
      case 'i':
        return this.#view.getInt8(this.#take(1));
      case 'U':
        return this.#view.getUint8(this.#take(1));
      case 'I':
        return this.#view.getInt16(this.#take(2));
      case 'l':
        return this.#view.getInt32(this.#take(4));
      case 'L':
        return Number(this.#view.getBigInt64(this.#take(8)));
      case 'd':
        return this.#view.getFloat32(this.#take(4));
      case 'D':
        return this.#view.getFloat64(this.#take(8));
      default:
        return this.#fail(`unknown type marker ${JSON.stringify(marker)}`);
    }
  }

  #object(depth: number): DocumentValue {
    // No prototype: a key such as __proto__ is a field like any other.
    const object: Record<string, DocumentValue> = Object.create(null);
    const { type, count } = this.#container(2);
    for (let i = 0; count === undefined || i < count; i++) {
      if (count === undefined && this.#peekMarker() === '}') {
        this.#at++;
        break;
      }
      const key = this.#text();
      object[key] = this.#value(type ?? this.#marker(), depth);
    }
    return object;
  }

  #array(depth: number): DocumentValue {
    const { type, count } = this.#container(1);
    if (type !== undefined && count !== undefined && ELEMENT_SIZES.has(type)) return this.#typed(type, count);
    const array: DocumentValue[] = [];
    for (let i = 0; count === undefined || i < count; i++) {
      if (count === undefined && this.#peekMarker() === ']') {
        this.#at++;
        break;
      }
      array.push(this.#value(type ?? this.#marker(), depth));
    }
    return array;
  }

  /** The optional `$` type and `#` count of a container, the count held against the bytes that are left. */
  #container(leastBytes: number): { type?: string; count?: number } {
    let type: string | undefined;
    if (this.#peekMarker() === '$') {
      this.#at++;
      type = this.#marker();
      if (this.#peekMarker() !== '#') this.#fail('a typed container has no count');
      // Elements that take no bytes would let a short file ask for any amount of memory.
      if (!ELEMENT_SIZES.has(type) && type !== 'S') this.#fail(`a container of type ${JSON.stringify(type)}`);
    }
    if (this.#peekMarker() !== '#') return {};
    this.#at++;
    const count = this.#length();
    const least = type === undefined ? leastBytes : (ELEMENT_SIZES.get(type) ?? leastBytes) + leastBytes - 1;
    if (count * least > this.#bytes.length - this.#at) this.#fail(`a container of ${count} elements, past the end`);
    return type === undefined ? { count } : { type, count };
  }

  /** A typed array, converted from big-endian. */
  #typed(type: string, count: number): NumberArray {
    const size = ELEMENT_SIZES.get(type) as number;
    const start = this.#take(count * size);
    const view = this.#view;
    switch (type) {
      case 'i':
        return new Int8Array(this.#bytes.slice(start, start + count).buffer);
      case 'U':
        return this.#bytes.slice(start, start + count);
      case 'I':
        return Int16Array.from({ length: count }, (_, i) => view.getInt16(start + i * 2));
      case 'l':
        return fill(new Int32Array(count), (i) => view.getInt32(start + i * 4));
      case 'd':
        return fill(new Float32Array(count), (i) => view.getFloat32(start + i * 4));
      case 'L':
        return fill(new Float64Array(count), (i) => Number(view.getBigInt64(start + i * 8)));
      default:
        return fill(new Float64Array(count), (i) => view.getFloat64(start + i * 8));
    }
  }

  #text(): string {
    const length = this.#length();
    const start = this.#take(length);
    return utf8.decode(this.#bytes.subarray(start, start + length));
  }

  #length(): number {
    const length = this.#number(this.#marker());
    if (!Number.isSafeInteger(length) || length < 0) this.#fail(`a length of ${length}`);
    return length;
  }

  #marker(): string {
    let marker = this.#bytes[this.#take(1)];
    while (marker === 0x4e) marker = this.#bytes[this.#take(1)];
    return String.fromCharCode(marker);
  }

  #peekMarker(): string {
    while (this.#bytes[this.#at] === 0x4e) this.#at++;
    if (this.#at >= this.#bytes.length) this.#fail('the file ends inside a container');
    return String.fromCharCode(this.#bytes[this.#at]);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) this.#fail(`the file ends where ${length} more bytes belong`);
    this.#at += length;
    return start;
  }

  #deeper(depth: number): number {
    if (depth >= MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    if (--this.#containersLeft < 0) {
      throw new LoadError(
        'LimitExceeded',
        `the UBJSON model has more objects and lists than a file of ${this.#bytes.length} bytes honestly has; it looks like a bomb`,
      );
    }
    return depth + 1;
  }

  #fail(what: string): never {
    throw new LoadError(
      'CorruptModel',
      `the UBJSON model is damaged at byte ${this.#at} of ${this.#bytes.length}: ${what}; copy or save it again`,
    );
  }
}

/** Bytes of an element, by the types that may have arrays of their own. */
const ELEMENT_SIZES: ReadonlyMap<string, number> = new Map([
  ['i', 1],
  ['U', 1],
  ['I', 2],
  ['l', 4],
  ['L', 8],
  ['d', 4],
  ['D', 8],
]);

function fill<T extends Int32Array | Float32Array | Float64Array>(array: T, at: (index: number) => number): T {
  for (let i = 0; i < array.length; i++) array[i] = at(i);
  return array;
}

/** A list of numbers read straight from the bytes: flat (`width` 0), or the rows of a matrix. */
export interface NumberList {
  readonly values: Float64Array;
  readonly rows: number;
  readonly width: number;
  /** Index of the first byte after the closing bracket. */
  readonly end: number;
}

const ZERO = 0x30;
const NINE = 0x39;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Powers of ten that a double holds exactly. */
const TENS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** A whole number of this many digits is exact, and divided by an exact power of ten rounds correctly (Clinger, 1990). */
const EXACT_DIGITS = 15;
/** A number and its comma take mostly three bytes or more; a longer list grows. */
const BYTES_A_NUMBER = 3;
const FIRST_CAPACITY_LIMIT = 1 << 16;

/**
 * Reads a JSON list of finite numbers, or of rows of them that are equally long, whose opening bracket is at `start`.
 * Undefined for anything else, also for whole numbers that a double may not hold: the JSON parser then has its say.
 */
export function readNumberList(bytes: Uint8Array, start: number): NumberList | undefined {
  return new Reader(bytes, start).list(start);
}

class Reader {
  readonly #bytes: Uint8Array;
  #values: Float64Array<ArrayBuffer>;
  #count = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    const likely = ((bytes.length - start) / BYTES_A_NUMBER) | 0;
    this.#values = new Float64Array(Math.min(likely + 8, FIRST_CAPACITY_LIMIT));
  }

  list(start: number): NumberList | undefined {
    const bytes = this.#bytes;
    let at = this.#skip(start + 1);
    if (bytes[at] !== OPEN) {
      const end = this.#row(start);
      return end < 0 ? undefined : this.#done(this.#count, 0, end);
    }
    let rows = 0;
    let width = 0;
    for (;;) {
      const before = this.#count;
      at = this.#row(at);
      if (at < 0) return undefined;
      if (rows === 0) width = this.#count;
      else if (this.#count - before !== width) return undefined;
      rows++;
      at = this.#skip(at);
      if (bytes[at] === CLOSE) return this.#done(rows, width, at + 1);
      if (bytes[at] !== COMMA) return undefined;
      at = this.#skip(at + 1);
      if (bytes[at] !== OPEN) return undefined;
    }
  }

  #done(rows: number, width: number, end: number): NumberList {
    return { values: this.#values.subarray(0, this.#count), rows, width, end };
  }

  #skip(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (let code = bytes[at]; code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) code = bytes[++at];
    return at;
  }

  /** Reads `[1, 2, …]` from its bracket on; the index after it, or -1. */
  #row(start: number): number {
    const bytes = this.#bytes;
    let values = this.#values;
    let count = this.#count;
    let at = start;
    for (;;) {
      at = this.#skip(at + 1);
      const first = at;
      let code = bytes[at];
      const negative = code === MINUS;
      if (negative) code = bytes[++at];
      if (!(code >= ZERO && code <= NINE)) return -1;
      let mantissa = code - ZERO;
      const digitsFrom = at;
      code = bytes[++at];
      if (mantissa === 0 && code >= ZERO && code <= NINE) return -1;
      while (code >= ZERO && code <= NINE) {
        mantissa = mantissa * 10 + (code - ZERO);
        code = bytes[++at];
      }
      let digits = at - digitsFrom;
      let scale = 0;
      if (code === POINT) {
        const from = ++at;
        code = bytes[at];
        while (code >= ZERO && code <= NINE) {
          mantissa = mantissa * 10 + (code - ZERO);
          code = bytes[++at];
        }
        scale = at - from;
        if (scale === 0) return -1;
        digits += scale;
      }
      let value: number;
      if (digits <= EXACT_DIGITS && code !== 0x65 && code !== 0x45) {
        value = scale === 0 ? mantissa : mantissa / TENS[scale];
        if (negative) value = -value;
      } else {
        if (scale === 0 && code !== 0x65 && code !== 0x45) return -1;
        at = this.#exponentEnd(at);
        if (at < 0) return -1;
        value = Number(Buffer.from(bytes.buffer, bytes.byteOffset + first, at - first).toString('latin1'));
        if (!Number.isFinite(value)) return -1;
      }
      if (count === values.length) values = this.#grow();
      values[count++] = value;
      at = this.#skip(at);
      if (bytes[at] === COMMA) continue;
      if (bytes[at] !== CLOSE) return -1;
      this.#count = count;
      return at + 1;
    }
  }

  /** The index after an exponent that starts at `from`, or `from` where there is none; -1 where it has no digits. */
  #exponentEnd(from: number): number {
    const bytes = this.#bytes;
    if (bytes[from] !== 0x65 && bytes[from] !== 0x45) return from;
    let at = from + 1;
    if (bytes[at] === 0x2b || bytes[at] === MINUS) at++;
    const digits = at;
    while (bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    return at === digits ? -1 : at;
  }

  #grow(): Float64Array<ArrayBuffer> {
    const larger = new Float64Array(this.#values.length * 2);
    larger.set(this.#values);
    this.#values = larger;
    return larger;
  }
}

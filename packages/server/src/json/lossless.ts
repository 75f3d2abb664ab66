import { invalidInput } from '@berth/inference';

/** What the lossless reader makes: as `JSON.parse`, with bigint for integers beyond 2^53 and NaN and ±Infinity literals. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * Parses JSON without losing integers: one that a double can not hold becomes a bigint. The literals NaN, Infinity, Inf
 * and their negatives are read as numbers. For texts that `scanJson` has passed, so that depth is bounded.
 * @throws InferenceError INVALID_INPUT with the position of what is wrong.
 */
export function parseLossless(text: string): JsonValue {
  return new LosslessParser(text).document();
}

/** Digits beyond which an integer is only kept as a double: no 64-bit value has more. */
const MAX_INTEGER_DIGITS = 25;

class LosslessParser {
  #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): JsonValue {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    if (code === 0x7b) return this.#object();
    if (code === 0x5b) return this.#array();
    if (code === 0x22) return this.#string();
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.#number();
    return this.#word();
  }

  #object(): JsonValue {
    const object: { [key: string]: JsonValue } = {};
    this.#at++;
    if (this.#next(0x7d)) return object;
    do {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#unexpected();
      const key = this.#string();
      if (!this.#next(0x3a)) throw this.#unexpected();
      Object.defineProperty(object, key, {
        value: this.#value(),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } while (this.#next(0x2c));
    if (!this.#next(0x7d)) throw this.#unexpected();
    return object;
  }

  #array(): JsonValue {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#next(0x5d)) return array;
    do array.push(this.#value());
    while (this.#next(0x2c));
    if (!this.#next(0x5d)) throw this.#unexpected();
    return array;
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    while (at < this.#text.length) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) break;
      at += code === 0x5c ? 2 : 1;
    }
    this.#at = at + 1;
    try {
      return JSON.parse(this.#text.slice(start, at + 1)) as string;
    } catch {
      this.#at = start;
      throw this.#unexpected();
    }
  }

  #number(): JsonValue {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) {
      if (this.#text.charCodeAt(this.#at) !== 0x2d) throw this.#unexpected();
      this.#at++;
      const word = this.#word();
      if (word !== Infinity) throw this.#unexpected();
      return -Infinity;
    }
    const token = match[0];
    this.#at += token.length;
    const value = Number(token);
    if (match[1] !== undefined || Number.isSafeInteger(value) || token.length > MAX_INTEGER_DIGITS) return value;
    return BigInt(token);
  }

  #word(): JsonValue {
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#unexpected();
  }

  /** Skips spaces and, if it comes next, the character `code`; says whether it did. */
  #next(code: number): boolean {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #unexpected() {
    if (this.#at >= this.#text.length) return invalidInput('Unrecognized request format: Unexpected end of JSON input');
    const found = JSON.stringify(this.#text[this.#at]);
    return invalidInput(`Unrecognized request format: Unexpected token ${found} in JSON at position ${this.#at}`);
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)((?:\.\d+)?(?:[eE][+-]?\d+)?)?/y;
const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['Inf', Infinity],
];

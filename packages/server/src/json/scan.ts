import { invalidInput } from '@berth/inference';

/** Brackets within brackets that a body may have, as in Triton's own limit. */
export const MAX_DEPTH = 100;
/** Keys of all objects of a body together. */
export const MAX_KEYS = 1_000_000;

/** What a body holds that `JSON.parse` would not keep. */
export interface JsonTraits {
  /** An integer of 16 digits or more: it may not fit a double. */
  readonly longIntegers: boolean;
  /** Position of the first NaN or Infinity literal; -1 where there is none. */
  readonly literalAt: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLAIN: JsonTraits = { longIntegers: false, literalAt: -1 };

/**
 * Reads through a JSON text once, before it is parsed, and refuses what parsing would accept or lose: deep nesting, too
 * many keys, a key that stands twice, `__proto__`, lone surrogates, numbers beyond a double. Whether the text is JSON at
 * all is left to the parser.
 * @throws InferenceError INVALID_INPUT
 */
export function scanJson(text: string): JsonTraits {
  const length = text.length;
  const keysOf: (ObjectKeys | undefined)[] = [];
  let depth = 0;
  let keys = 0;
  let keyNext = false;
  let longIntegers = false;
  let literalAt = -1;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at + 1);
      if (keyNext) {
        keyNext = false;
        if (++keys > MAX_KEYS) throw invalidInput(`the body has more than ${MAX_KEYS} keys`);
        addKey(keysOf, depth, text, at + 1, end);
      }
      at = end + 1;
    } else if ((code >= 0x30 && code <= 0x39) || code === 0x2d) {
      // One pass over the digits: most of a large body is numbers.
      let end = at + 1;
      let pointAt = 0;
      let exponentAt = 0;
      for (; ; end++) {
        const digit = text.charCodeAt(end);
        if (digit >= 0x30 && digit <= 0x39) continue;
        if (digit === 0x2e) pointAt = end;
        else if (digit === 0x65 || digit === 0x45) exponentAt = end;
        else if (digit !== 0x2b && digit !== 0x2d) break;
      }
      if (pointAt === 0 && exponentAt === 0 && end - at >= 16) longIntegers = true;
      // The least that overflows is an exponent of three digits, or 309 digits.
      if ((exponentAt > 0 && end - exponentAt > 3) || end - at > 300) checkFinite(text, at, end);
      at = end;
    } else {
      if (code === 0x7b || code === 0x5b) {
        if (++depth > MAX_DEPTH) throw invalidInput(`the body is nested deeper than ${MAX_DEPTH} levels`);
        keyNext = code === 0x7b;
        keysOf[depth] = undefined;
        if (keyNext) keysOf[depth] = NO_KEYS;
      } else if (code === 0x7d || code === 0x5d) {
        if (depth > 0) depth--;
        keyNext = false;
      } else if (code === 0x2c) {
        keyNext = keysOf[depth] !== undefined;
      } else if ((code === 0x4e || code === 0x49) && literalAt < 0) {
        literalAt = at;
      }
      at++;
    }
  }
  return longIntegers || literalAt >= 0 ? { longIntegers, literalAt } : PLAIN;
}

/** The keys of one object: a few in an array, many in a set. */
type ObjectKeys = string[] | Set<string>;
const NO_KEYS: ObjectKeys = [];

function addKey(keysOf: (ObjectKeys | undefined)[], depth: number, text: string, start: number, end: number): void {
  let key = text.slice(start, end);
  if (key.includes('\\')) key = unescaped(key);
  if (key === '__proto__') throw invalidInput('the key "__proto__" is not allowed');
  const known = keysOf[depth];
  if (known === undefined) return;
  if (known === NO_KEYS) {
    keysOf[depth] = [key];
    return;
  }
  if (known instanceof Set ? known.has(key) : known.includes(key)) {
    throw invalidInput(`the key ${JSON.stringify(key.slice(0, 100))} stands twice in one object`);
  }
  if (known instanceof Set) known.add(key);
  else if (known.length < 16) known.push(key);
  else keysOf[depth] = new Set([...known, key]);
}

/** A key as JSON.parse would read it; left as it is where it is no valid string, which the parser will say. */
function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

/** Index of the quote that ends the string whose first character is at `at`; the text's length where none does. */
function stringEnd(text: string, at: number): number {
  const length = text.length;
  let position = at;
  while (position < length) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) return position;
    if (code !== BACKSLASH) {
      position++;
    } else if (text.charCodeAt(position + 1) === 0x75) {
      position = afterUnicodeEscape(text, position);
    } else {
      position += 2;
    }
  }
  return length;
}

function afterUnicodeEscape(text: string, at: number): number {
  const unit = Number.parseInt(text.slice(at + 2, at + 6), 16);
  if (unit >= 0xdc00 && unit <= 0xdfff) throw loneSurrogate(at);
  if (!(unit >= 0xd800 && unit <= 0xdbff)) return at + 6;
  const low = text.startsWith('\\u', at + 6) ? Number.parseInt(text.slice(at + 8, at + 12), 16) : 0;
  if (!(low >= 0xdc00 && low <= 0xdfff)) throw loneSurrogate(at);
  return at + 12;
}

function loneSurrogate(at: number) {
  return invalidInput(`the body has half a surrogate pair at character ${at}: that is no text`);
}

function checkFinite(text: string, start: number, end: number): void {
  const value = Number(text.slice(start, end));
  if (value === Infinity || value === -Infinity) {
    throw invalidInput(`the number ${text.slice(start, Math.min(end, start + 30))} is beyond what a double holds`);
  }
}

import { LoadError } from '@berth/inference';
import { type ByteReader, latin1Text } from './byte-reader.ts';

/** Longest whole number that is read, in bytes (LONG1, LONG4) or digits (LONG): models hold seeds, not proofs. */
const MAX_LONG_BYTES = 1 << 16;
const MAX_LONG_DIGITS = 4300;

function damaged(at: number, what: string): LoadError {
  return new LoadError('CorruptModel', `the pickle is damaged at byte ${at}: ${what}`);
}

/** `number` where it is exact, else a bigint. */
export function narrowInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A two's complement little-endian whole number (LONG1, LONG4). */
export function longFromBytes(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length > MAX_LONG_BYTES) {
    throw new LoadError('LimitExceeded', `a whole number of ${bytes.length} bytes is no part of a model`);
  }
  let hex = '';
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes[i].toString(16).padStart(2, '0');
  return narrowInteger(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}

/** INT and GET: a decimal line, or `00` and `01` for False and True. */
export function parseDecimalLine(reader: ByteReader): number | bigint | boolean {
  const at = reader.position;
  const text = latin1Text(reader.line());
  if (text === '00') return false;
  if (text === '01') return true;
  if (!/^\s*[+-]?\d+\s*$/.test(text) || text.length > MAX_LONG_DIGITS) throw damaged(at, 'a bad whole number');
  return integerText(text.trim());
}

/** LONG: a decimal line that may end in `L`. */
export function parseLongLine(reader: ByteReader): number | bigint {
  const at = reader.position;
  const text = latin1Text(reader.line());
  if (!/^[+-]?\d+L?$/.test(text) || text.length > MAX_LONG_DIGITS) throw damaged(at, 'a bad whole number');
  return integerText(text.endsWith('L') ? text.slice(0, -1) : text);
}

function integerText(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : narrowInteger(BigInt(text.startsWith('+') ? text.slice(1) : text));
}

/** FLOAT: `repr` of a Python float. */
export function parseFloatLine(reader: ByteReader): number {
  const at = reader.position;
  const text = latin1Text(reader.line()).trim().toLowerCase();
  if (text === 'nan' || text === '-nan') return Number.NaN;
  if (text === 'inf' || text === 'infinity') return Number.POSITIVE_INFINITY;
  if (text === '-inf' || text === '-infinity') return Number.NEGATIVE_INFINITY;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text)) throw damaged(at, 'a bad number');
  return Number(text);
}

const SIMPLE_ESCAPES = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\n', ''],
]);

/** STRING: `repr` of a Python 2 `str`, as Latin-1 text. */
export function parseStringLine(reader: ByteReader): string {
  const at = reader.position;
  const text = latin1Text(reader.line()).trimEnd();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote)) throw damaged(at, 'a bad string');
  return text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S])/g, (whole, code: string) => {
    if (code.length === 3 && code[0] === 'x') return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]+$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return SIMPLE_ESCAPES.get(code) ?? whole;
  });
}

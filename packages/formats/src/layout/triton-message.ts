import { LoadError } from '@berth/inference';
import type { TextField, TextValue } from './pbtxt.ts';
import { fieldsOf, type SchemaField } from './triton-schema.ts';

/** A message of ModelConfig: only what was set, by field name. */
export type TritonMessage = ReadonlyMap<string, TritonValue>;
export type TritonValue = string | number | bigint | boolean | TritonMessage | readonly TritonValue[];

/**
 * Gives text fields their types by the schema.
 * @throws LoadError ModelLayout with file and line for an unknown field, a wrong value, or a single field that stands twice.
 */
export function typeMessage(fields: readonly TextField[], message: string, file: string): TritonMessage {
  const schema = fieldsOf(message);
  const result = new Map<string, TritonValue>();
  for (const field of fields) {
    const known = schema.get(field.name);
    if (known === undefined) {
      const names = [...schema.keys()];
      throw at(file, field, `${message} has no field "${field.name}"${nearest(field.name, names)}`);
    }
    const before = result.get(field.name);
    if (known.shape === 'map') {
      const [key, value] = typeEntry(field, known, file);
      const map = (before ?? new Map()) as Map<string, TritonValue>;
      map.set(key, value);
      result.set(field.name, map);
    } else if (known.shape === 'repeated') {
      result.set(field.name, [...((before as TritonValue[]) ?? []), typeValue(field, field.value, known, file)]);
    } else {
      if (before !== undefined) throw at(file, field, `${field.name} stands twice`);
      result.set(field.name, typeValue(field, field.value, known, file));
    }
  }
  return result;
}

function typeEntry(field: TextField, schema: SchemaField, file: string): [string, TritonValue] {
  if (field.value.kind !== 'message') throw at(file, field, `${field.name} must be { key: …, value: … }`);
  let key = '';
  let value: TritonValue | undefined;
  for (const part of field.value.fields) {
    if (part.name === 'key' && part.value.kind !== 'message') key = part.value.value;
    else if (part.name === 'value') value = typeValue(part, part.value, schema, file);
    else throw at(file, part, `${field.name} takes a key and a value, not "${part.name}"`);
  }
  return [key, value ?? (schema.type === 'string' ? '' : new Map())];
}

function typeValue(field: TextField, value: TextValue, schema: SchemaField, file: string): TritonValue {
  const { type } = schema;
  if (value.kind === 'message') {
    if (type === 'enum' || type === 'string' || isNumeric(type) || type === 'bool') {
      throw at(file, field, `${field.name} takes a single value, not { … }`);
    }
    return typeMessage(value.fields, type, file);
  }
  if (type === 'enum') return enumWord(field, value, schema, file);
  if (type === 'string') {
    if (value.kind !== 'text') throw at(file, field, `${field.name} must be text in quotes, e.g. "${value.value}"`);
    return value.value;
  }
  if (type === 'bool') {
    const word = value.value.toLowerCase();
    if (value.kind === 'text' || !['true', 'false', 't', 'f', '1', '0'].includes(word)) {
      throw at(file, field, `${field.name} must be true or false`);
    }
    return word === 'true' || word === 't' || word === '1';
  }
  if (isNumeric(type)) return numberOf(field, value, type, file);
  throw at(file, field, `${field.name} must be { … }`);
}

function enumWord(field: TextField, value: TextValue, schema: SchemaField, file: string): string {
  const words = schema.words ?? [];
  const text = value.kind === 'message' ? '' : value.value;
  if (value.kind === 'word' && words.includes(text)) return text;
  if (value.kind === 'number' && words[Number(text)] !== undefined) return words[Number(text)];
  throw at(file, field, `${field.name} can not be ${text}${nearest(text, words)}`);
}

const RANGES: ReadonlyMap<string, readonly [bigint, bigint]> = new Map([
  ['int32', [-(2n ** 31n), 2n ** 31n - 1n]],
  ['uint32', [0n, 2n ** 32n - 1n]],
  ['int64', [-(2n ** 63n), 2n ** 63n - 1n]],
  ['uint64', [0n, 2n ** 64n - 1n]],
]);

function isNumeric(type: string): boolean {
  return RANGES.has(type) || type === 'float' || type === 'double';
}

function numberOf(field: TextField, value: TextValue, type: string, file: string): number | bigint {
  const text = value.kind === 'message' || value.kind === 'text' ? '' : value.value;
  const range = RANGES.get(type);
  if (range === undefined) {
    const number = /^-?(?:inf|infinity)$/i.test(text)
      ? Infinity * (text.startsWith('-') ? -1 : 1)
      : /^-?nan$/i.test(text)
        ? NaN
        : Number(text.replace(/[fF]$/, '') || 'x');
    if (Number.isNaN(number) && !/nan$/i.test(text)) throw at(file, field, `${field.name} must be a number`);
    return number;
  }
  if (!/^-?(?:0[xX][0-9a-fA-F]+|[0-9]{1,20})$/.test(text))
    throw at(file, field, `${field.name} must be a whole number`);
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const whole = negative ? -magnitude : magnitude;
  if (whole < range[0] || whole > range[1]) throw at(file, field, `${field.name} is out of ${type}'s range`);
  return whole >= -(2n ** 53n) && whole <= 2n ** 53n ? Number(whole) : whole;
}

function at(file: string, field: TextField, what: string): LoadError {
  return new LoadError('ModelLayout', `${file} line ${field.line}: ${what}`);
}

/** `; did you mean "x"?` for the nearest name, if it is one or two letters away. */
function nearest(name: string, names: readonly string[]): string {
  let best = 3;
  let close = '';
  for (const candidate of names) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase());
    if (away < best) [best, close] = [away, candidate];
  }
  return best === 3 ? '' : `; did you mean "${close}"?`;
}

function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2 || left.length > 64) return 3;
  let row = Array.from({ length: right.length + 1 }, (_unused, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (left[i - 1] === right[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[right.length];
}

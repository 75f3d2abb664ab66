import { LoadError } from '@berth/inference';
import type { KeyValues } from './model-text.ts';

/**
 * A whole number.
 * @throws LoadError CorruptModel that names the field.
 */
export function integerOf(values: KeyValues, key: string, where: string, fallback?: number): number {
  const text = values.get(key);
  if (text === undefined && fallback !== undefined) return fallback;
  const number = text === undefined || text.trim() === '' ? NaN : Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw damaged(where, key, text === undefined ? 'is missing' : `is ${quote(text)}, which is no whole number`);
}

/**
 * Numbers with blanks between them, exactly `length` of them.
 * @throws LoadError CorruptModel that names the field; a shorter list means that the file is cut.
 */
export function numbersOf(values: KeyValues, key: string, where: string, length: number): Float64Array {
  const text = values.get(key);
  if (text === undefined) throw damaged(where, key, 'is missing');
  const parts = text.split(' ').filter((part) => part !== '');
  if (parts.length !== length) throw damaged(where, key, `has ${parts.length} values instead of ${length}`);
  const out = new Float64Array(length);
  for (let i = 0; i < length; i++) out[i] = numberOf(parts[i], where, key);
  return out;
}

/** {@link numbersOf} whose values must be 32-bit whole numbers. */
export function integersOf(values: KeyValues, key: string, where: string, length: number): Int32Array {
  const numbers = numbersOf(values, key, where, length);
  const out = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    out[i] = numbers[i];
    if (out[i] !== numbers[i]) throw damaged(where, key, `has at ${i} ${numbers[i]}, which is no 32-bit whole number`);
  }
  return out;
}

/** The error for a field that is not as LightGBM writes it. */
export function damaged(where: string, key: string, what: string): LoadError {
  return new LoadError('CorruptModel', `the LightGBM model's ${where}: "${key}" ${what}; the file is cut or damaged`);
}

function numberOf(text: string, where: string, key: string): number {
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  switch (text.toLowerCase()) {
    case 'inf':
    case '+inf':
      return Infinity;
    case '-inf':
      return -Infinity;
    case 'nan':
    case '-nan':
      return NaN;
    default:
      throw damaged(where, key, `holds ${quote(text)}, which is no number`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

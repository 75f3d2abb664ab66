import { LoadError } from '@berth/inference';
import type { DocumentValue } from './document.ts';

/** JavaScript holds no longer text than this. */
const MAX_TEXT_BYTES = 512 * 1024 * 1024 - 32;

/**
 * Reads the JSON that XGBoost writes, which may hold the words NaN, Infinity and -Infinity for numbers
 * (`JsonWriter` in XGBoost's `src/common/json.cc`): NaN arrives as null.
 * @throws LoadError CorruptModel that says where the text breaks off.
 */
export function parseJson(bytes: Uint8Array): DocumentValue {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new LoadError(
      'LimitExceeded',
      `a JSON model of ${bytes.length} bytes is larger than can be read (${MAX_TEXT_BYTES}); save it as UBJSON (model.ubj)`,
    );
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  return parseJsonText(text);
}

/**
 * {@link parseJson} for text, such as the attribute that Python's json module wrote.
 * @throws LoadError CorruptModel.
 */
export function parseJsonText(text: string): DocumentValue {
  try {
    return JSON.parse(text);
  } catch (error) {
    const plain = replaceWords(text);
    if (plain !== text) {
      try {
        return JSON.parse(plain);
      } catch {
        // The first error is about the text as it stands.
      }
    }
    throw new LoadError(
      'CorruptModel',
      `the JSON model is damaged or cut (${text.length} characters): ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}

/** The text with NaN and ±Infinity outside of strings replaced by what JSON can hold. */
function replaceWords(text: string): string {
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const quote = text.indexOf('"', start);
    const end = quote < 0 ? text.length : quote;
    parts.push(text.slice(start, end).replace(/-?\b(?:Infinity|inf|NaN|nan)\b/g, replaceWord));
    if (quote < 0) break;
    start = endOfString(text, quote);
    parts.push(text.slice(quote, start));
  }
  return parts.join('');
}

function replaceWord(word: string): string {
  if (word.toLowerCase().endsWith('nan')) return 'null';
  return word.startsWith('-') ? '-1e999' : '1e999';
}

/** Index behind the string that begins at `quote`. A loop, because a pattern runs out of stack on long strings. */
function endOfString(text: string, quote: number): number {
  let at = text.indexOf('"', quote + 1);
  while (at >= 0) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

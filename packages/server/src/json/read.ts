import { isAscii, isUtf8 } from 'node:buffer';
import { invalidInput } from '@berth/inference';
import { type JsonValue, parseLossless } from './lossless.ts';
import { scanJson } from './scan.ts';

/** How the literals NaN and ±Infinity, which are no JSON, are taken. */
export type LiteralRule = 'accept' | 'refuse';

export interface JsonBody {
  readonly value: JsonValue;
  /** Whether the text had a NaN or Infinity literal. */
  readonly literals: boolean;
}

/**
 * Parses a request body: UTF-8 without byte order mark, checked by `scanJson`, integers kept exactly.
 * @throws InferenceError INVALID_INPUT
 */
export function readJson(bytes: Buffer, literals: LiteralRule): JsonBody {
  const text = decodeText(bytes);
  const traits = scanJson(text);
  if (traits.literalAt >= 0 && literals === 'refuse') {
    throw invalidInput(
      `Unrecognized request format: NaN and Infinity are not JSON (character ${traits.literalAt}); send null for a missing value`,
    );
  }
  if (traits.longIntegers || traits.literalAt >= 0)
    return { value: parseLossless(text), literals: traits.literalAt >= 0 };
  try {
    return { value: JSON.parse(text) as JsonValue, literals: false };
  } catch (error) {
    throw invalidInput(`Unrecognized request format: ${(error as SyntaxError).message}`);
  }
}

function decodeText(bytes: Buffer): string {
  if (bytes.length === 0) {
    throw invalidInput('Unrecognized request format: the body is empty; send a JSON object');
  }
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw invalidInput('Unrecognized request format: the body starts with a byte order mark; send UTF-8 without one');
  }
  if (!isUtf8(bytes)) throw invalidInput('Unrecognized request format: the body is not valid UTF-8');
  return bytes.toString('utf8');
}

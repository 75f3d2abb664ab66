import { LoadError } from '@berth/inference';
import { parseJson } from './json.ts';
import type { XgboostFile } from './model-file.ts';
import { looksBinary, readBinaryModel } from './read-binary.ts';
import { readDocumentModel } from './read-document.ts';
import { parseUbjson } from './ubjson.ts';

/** What a file is, by its first bytes. */
export type XgboostEncoding = 'json' | 'ubjson' | 'binary' | 'base64' | 'pickled';

const PICKLED_HEADER = 'CONFIG-offset:';

/** Tells how a file is encoded from its first bytes (256 are enough); undefined where it is no XGBoost model. */
export function encodingOf(head: Uint8Array): XgboostEncoding | undefined {
  const text = String.fromCharCode(...head.subarray(0, 256));
  if (text.startsWith(PICKLED_HEADER)) return 'pickled';
  if (text.startsWith('binf')) return 'binary';
  if (text.startsWith('bs64')) return 'base64';
  // UBJSON: an object whose first key has its length before it, or a container's count.
  if (/^\{[LlIiU#$N]/.test(text)) return 'ubjson';
  if (/^(?:\xef\xbb\xbf)?\s*\{\s*"(?:learner|version|Config|Model)"/.test(text)) return 'json';
  return looksBinary(head, 0) ? 'binary' : undefined;
}

/**
 * Reads a model in any encoding, told by its content.
 * @throws LoadError with a text that says what the file is instead, where it is no model.
 */
export function readXgboostFile(bytes: Uint8Array): XgboostFile {
  switch (encodingOf(bytes)) {
    case 'json':
      return readDocumentModel(parseJson(bytes), 'json');
    case 'ubjson':
      return readDocumentModel(parseUbjson(bytes), 'ubjson');
    case 'binary':
      return readBinaryModel(bytes, startsWith(bytes, 'binf') ? 4 : 0);
    case 'base64':
      return readBinaryModel(decodeBase64(bytes), 0);
    case 'pickled':
      return readPickled(bytes);
    default:
      return readUnknown(bytes);
  }
}

/** `CONFIG-offset:`, 8 bytes with the model's length, the model, and the training settings as JSON (XGBoost 1.0 to 1.5). */
function readPickled(bytes: Uint8Array): XgboostFile {
  const start = PICKLED_HEADER.length + 8;
  if (bytes.length < start)
    throw new LoadError('CorruptModel', `the pickled XGBoost booster is cut: ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset + PICKLED_HEADER.length, 8).getBigInt64(0, true);
  if (length <= 0n || length > BigInt(bytes.length - start)) {
    throw new LoadError('CorruptModel', `the pickled XGBoost booster is cut: it announces ${length} bytes`);
  }
  const end = start + Number(length);
  const file = readXgboostFile(bytes.subarray(start, end));
  return end === bytes.length ? file : { ...file, config: parseJson(bytes.subarray(end)) };
}

function readUnknown(bytes: Uint8Array): XgboostFile {
  if (bytes.length === 0) throw new LoadError('CorruptModel', 'the XGBoost model file is empty (0 bytes)');
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  if (/^booster\[0\]|^0:\[/.test(text)) {
    throw new LoadError(
      'UnsupportedModel',
      'this is a text dump (Booster.dump_model), which leaves out what prediction needs; save the model with Booster.save_model("model.ubj")',
    );
  }
  if (/^tree\r?\n/.test(text)) throw new LoadError('ModelLayout', 'this is a LightGBM text model, not an XGBoost one');
  if (/^\s*[[{]/.test(text)) return readDocumentModel(parseJson(bytes), 'json');
  throw new LoadError(
    'CorruptModel',
    `this is no XGBoost model: ${bytes.length} bytes that are neither JSON, UBJSON nor XGBoost's binary format`,
  );
}

/** Releases before 0.6 could write the binary format as base64 text. */
function decodeBase64(bytes: Uint8Array): Uint8Array {
  return Buffer.from(new TextDecoder('latin1').decode(bytes.subarray(4)), 'base64');
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, text.length)) === text;
}

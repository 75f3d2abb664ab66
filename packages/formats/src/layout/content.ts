import { looksLikeOnnx } from '../onnx-content.ts';
import { asciiAt, asciiText, includesAscii } from './bytes.ts';
import type { FormatName } from './discovered.ts';
import { extensionOf } from './file-names.ts';

/** Bytes that are enough to tell a content. */
export const HEAD_BYTES = 65536;

/**
 * The format that a file's first bytes tell, whatever its name: `.bst` may be LightGBM's text or any of XGBoost's three,
 * `.pkl` and no extension at all may be anything. The name only decides where bytes can not: compressed data.
 */
export function formatByContent(head: Uint8Array, name: string): FormatName | undefined {
  if (head.length === 0) return undefined;
  if (isLightgbm(head)) return 'lightgbm';
  if (isXgboost(head)) return 'xgboost';
  if (isPickle(head) || (isCompressed(head) && mayBeCompressedPickle(name))) return 'sklearn';
  if (looksLikeOnnx(head, extensionOf(name) === '.onnx')) return 'onnx';
  return undefined;
}

/** LightGBM's text starts with the boosting's name (`tree` since 2.0; `gbdt`, `dart`, `goss`, `rf` before). */
function isLightgbm(head: Uint8Array): boolean {
  const start = asciiAt(head, 0, '\xef\xbb\xbf') ? 3 : 0;
  const text = asciiText(head, start, 2048);
  return /^\s*(?:tree|gbdt|dart|goss|rf)\s*\r?\n/.test(text) && /\n(?:version|num_class|label_index)=/.test(text);
}

function isXgboost(head: Uint8Array): boolean {
  if (asciiAt(head, 0, 'binf') || asciiAt(head, 0, 'bs64')) return true;
  if (isXgboostBinary(head, 0)) return true;
  const start = asciiAt(head, 0, '\xef\xbb\xbf') ? 3 : 0;
  let first = start;
  while (first < head.length && (head[first] === 0x20 || (head[first] >= 0x09 && head[first] <= 0x0d))) first++;
  return head[first] === 0x7b && includesAscii(head, 'learner', head.length) && isObjectStart(head, first + 1);
}

/** After the brace: JSON's space or quote, or UBJSON's length marker. */
function isObjectStart(head: Uint8Array, index: number): boolean {
  const next = head[index];
  return (
    next === 0x22 || next === 0x20 || (next >= 0x09 && next <= 0x0d) || 'iUIlL$#'.includes(String.fromCharCode(next))
  );
}

/**
 * The binary format has no magic number: 136 bytes of LearnerModelParam (src/learner.cc), then the objective's name with
 * its length in front.
 */
function isXgboostBinary(head: Uint8Array, offset: number): boolean {
  if (head.length < offset + 148) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getBigUint64(offset + 136, true);
  if (length < 3n || length > 64n) return false;
  return /^[a-z0-9_]+:[a-z0-9_:]+$/.test(asciiText(head, offset + 144, Number(length)));
}

/** Pickle protocol 2 and later say so; 0 and 1 start with a global, a mark, or an empty container that is put in the memo. */
function isPickle(head: Uint8Array): boolean {
  if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5) return true;
  const text = asciiText(head, 0, 300);
  return (
    /^\(*[ci][A-Za-z_][\w.]{0,120}\n[A-Za-z_][\w.]{0,120}\n/.test(text) ||
    /^\([dl]p\d+\n/.test(text) ||
    isBinaryContainer(head)
  );
}

/** Protocol 1 starts a list, dict or tuple with `]`, `}` or `)` and BINPUT 0. */
function isBinaryContainer(head: Uint8Array): boolean {
  return (head[0] === 0x5d || head[0] === 0x7d || head[0] === 0x29) && head[1] === 0x71 && head[2] === 0;
}

/** What joblib writes with `compress=`: zlib, gzip, bz2, xz, lzma, lz4, and its own `ZF` frame before 0.10. */
function isCompressed(head: Uint8Array): boolean {
  if (head[0] === 0x78 && (head[1] === 0x01 || head[1] === 0x5e || head[1] === 0x9c || head[1] === 0xda)) return true;
  return (
    asciiAt(head, 0, '\x1f\x8b\x08') ||
    asciiAt(head, 0, 'BZh') ||
    asciiAt(head, 0, '\xfd7zXZ\x00') ||
    asciiAt(head, 0, ']\x00\x00') ||
    asciiAt(head, 0, '\x04"M\x18') ||
    asciiAt(head, 0, 'ZF0x')
  );
}

const PICKLE_EXTENSIONS: ReadonlySet<string> = new Set(
  ['', '.joblib', '.pkl', '.pickle', '.sav', '.p', '.model', '.dat', '.bin'].concat([
    '.z',
    '.gz',
    '.gzip',
    '.bz2',
    '.xz',
    '.lzma',
    '.lz4',
  ]),
);

function mayBeCompressedPickle(name: string): boolean {
  const extension = extensionOf(name);
  if (!PICKLE_EXTENSIONS.has(extension)) return false;
  if (['.gz', '.bz2', '.xz'].includes(extension)) {
    const inner = extensionOf(name.slice(0, -extension.length));
    return PICKLE_EXTENSIONS.has(inner) || /^\.\d+$/.test(inner);
  }
  return true;
}

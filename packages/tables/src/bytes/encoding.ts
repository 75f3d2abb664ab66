import { isUtf8 } from 'node:buffer';
import type { Encoding } from '../table.ts';
import { TableError } from '../table-error.ts';

/** How a text file is to be decoded. */
export interface FoundEncoding {
  readonly encoding: Encoding;
  /** Bytes of a byte order mark to pass over. */
  readonly skip: number;
}

/**
 * The encoding that a file's first bytes tell: a byte order mark's, else UTF-8.
 * @throws TableError where they are neither; it names the option that helps
 */
export function findEncoding(head: Uint8Array, asked: Encoding | undefined, isWhole: boolean): FoundEncoding {
  const mark = byteOrderMark(head);
  if (asked !== undefined) return { encoding: asked, skip: mark?.encoding === asked ? mark.skip : 0 };
  if (mark !== undefined) return mark;
  if (head.includes(0)) throw notText(head);
  if (!isUtf8(isWhole ? head : withoutCutCharacter(head))) {
    throw new TableError('the file is not UTF-8 text', 'say what it is, for example --encoding latin1');
  }
  return { encoding: 'utf-8', skip: 0 };
}

/** Bytes of the file for a byte of UTF-8, about: most text of tables is ASCII. */
export function bytesPerByte({ encoding }: FoundEncoding): number {
  return encoding.startsWith('utf-16') ? 2 : 1;
}

function byteOrderMark(head: Uint8Array): FoundEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', skip: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', skip: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', skip: 2 };
  return undefined;
}

/** A file with NUL bytes: UTF-16 where every second byte is one, else no text at all. */
function notText(head: Uint8Array): TableError {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < head.length; i++) if (head[i] === 0) i % 2 === 0 ? even++ : odd++;
  const many = head.length / 8;
  if (odd > many && even < odd / 8) {
    return new TableError('the file looks like UTF-16 without a byte order mark', 'read it with --encoding utf-16le');
  }
  if (even > many && odd < even / 8) {
    return new TableError('the file looks like UTF-16 without a byte order mark', 'read it with --encoding utf-16be');
  }
  return new TableError('the file is not text: it holds NUL bytes', 'CSV, JSON Lines and Parquet files can be read');
}

/** The bytes up to the last character that is whole: a part of a file may end amid one. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    if (byte >= 0xc0) end = bytes.length - back;
    break;
  }
  return bytes.subarray(0, end);
}

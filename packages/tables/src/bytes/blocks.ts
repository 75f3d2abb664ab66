import { LIMITS } from '../table.ts';
import { TableError } from '../table-error.ts';

const LF = 10;
const CR = 13;
const QUOTE = 34;

/** Whole rows of a text file. */
export interface Block {
  /** UTF-8, with the last row's line end, in a buffer of its own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it starts in the text, in bytes. */
  readonly offset: number;
  /** Number of its first row, from 1. */
  readonly firstRow: number;
  /** Line of the file at which it starts, from 1. */
  readonly firstLine: number;
  /** Rows and lines that it holds; blank lines are no rows. */
  readonly rows: number;
  readonly lines: number;
}

/** Where to cut, and how. */
export interface BlockOptions {
  /** Bytes to aim at; a block is longer where one row is. */
  readonly size: number;
  /** The separator's code where quoted cells may hold line ends (CSV); undefined where a line is a row (JSON Lines). */
  readonly separator: number | undefined;
  readonly offset?: number;
  readonly firstRow?: number;
  readonly firstLine?: number;
  /** Where the pieces stop at the first row of more bytes; default 16 MiB. */
  readonly maxRowBytes?: number;
}

/**
 * Cuts text into blocks of whole rows. Where a block ends depends on where it starts and on the size alone, so that going on
 * later gives the same blocks. Memory: about two blocks, or one row.
 * @throws TableError for a row beyond the bound, with its line
 */
export async function* cutBlocks(
  pieces: AsyncIterable<Uint8Array>,
  { size, separator, offset = 0, firstRow = 1, firstLine = 1, maxRowBytes = LIMITS.rowBytes }: BlockOptions,
): AsyncGenerator<Block> {
  const state = { offset, firstRow, firstLine };
  const held = new HeldBytes();
  /** Bytes to look for a row's end in: more where there is none. */
  let wanted = size;
  for await (const piece of pieces) {
    held.add(piece);
    while (held.length >= wanted) {
      const bytes = held.first(wanted);
      const cut = lastRowEnd(bytes, separator);
      if (cut === undefined) {
        if (wanted >= maxRowBytes)
          throw rowTooLong(state.firstLine, maxRowBytes, separator !== undefined && bytes.includes(QUOTE));
        wanted *= 2;
        continue;
      }
      held.drop(cut.end);
      yield advance(state, bytes.subarray(0, cut.end), cut);
      wanted = size;
    }
  }
  if (held.length === 0) return;
  const bytes = held.first(held.length);
  yield advance(state, bytes, countRows(bytes, separator));
}

/** Bytes that came in pieces. */
class HeldBytes {
  #pieces: Uint8Array[] = [];
  length = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** A copy of the first `count` bytes. */
  first(count: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(count);
    let at = 0;
    for (const piece of this.#pieces) {
      if (at === count) break;
      const part = piece.length <= count - at ? piece : piece.subarray(0, count - at);
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  drop(count: number): void {
    this.length -= count;
    let rest = count;
    let whole = 0;
    while (rest > 0 && this.#pieces[whole].length <= rest) rest -= this.#pieces[whole++].length;
    this.#pieces = this.#pieces.slice(whole);
    if (rest > 0) this.#pieces[0] = this.#pieces[0].subarray(rest);
  }
}

interface Counted {
  readonly rows: number;
  readonly lines: number;
}

function advance(
  state: { offset: number; firstRow: number; firstLine: number },
  bytes: Uint8Array<ArrayBuffer>,
  { rows, lines }: Counted,
): Block {
  const block = { bytes, ...state, rows, lines };
  state.offset += bytes.length;
  state.firstRow += rows;
  state.firstLine += lines;
  return block;
}

/** The end of the last whole row, and what lies before it; undefined where no row ends. */
function lastRowEnd(bytes: Uint8Array, separator: number | undefined): (Counted & { end: number }) | undefined {
  if (separator !== undefined && needsCare(bytes)) return rowEnds(bytes, separator, false);
  const end = searchable(bytes).lastIndexOf(LF) + 1;
  return end === 0 ? undefined : { end, ...countLines(bytes.subarray(0, end)) };
}

function countRows(bytes: Uint8Array, separator: number | undefined): Counted {
  if (separator !== undefined && needsCare(bytes)) return rowEnds(bytes, separator, true) as Counted;
  return countLines(bytes);
}

/** The same bytes as a Buffer: it looks for a byte some ten times as fast as a Uint8Array. */
function searchable(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether a line feed does not tell where rows end: quotes, or a carriage return alone as old files have it. */
function needsCare(text: Uint8Array): boolean {
  const bytes = searchable(text);
  if (bytes.includes(QUOTE)) return true;
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) if (bytes[at + 1] !== LF) return true;
  return false;
}

/** Rows and lines that line feeds end. */
function countLines(text: Uint8Array): Counted {
  const bytes = searchable(text);
  let rows = 0;
  let lines = 0;
  for (let at = 0; at < bytes.length; ) {
    let end = bytes.indexOf(LF, at);
    if (end < 0) end = bytes.length;
    lines++;
    if (end > at + 1 || (end === at + 1 && bytes[at] !== CR)) rows++;
    at = end + 1;
  }
  return { rows, lines };
}

/** The same, byte by byte: in quoted cells line ends and separators are text. */
function rowEnds(bytes: Uint8Array, separator: number, isLast: boolean): (Counted & { end: number }) | undefined {
  let rows = 0;
  let lines = 0;
  let end = 0;
  let counted = { rows: 0, lines: 0 };
  let rowStart = 0;
  let cellStart = true;
  let quoted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (quoted) {
      if (byte === QUOTE) {
        if (bytes[i + 1] === QUOTE) i++;
        else quoted = false;
      } else if (byte === LF) lines++;
      continue;
    }
    if (byte === LF || byte === CR) {
      const start = i;
      if (byte === CR && bytes[i + 1] === LF) i++;
      // Where the text is cut after CR its LF may follow.
      else if (byte === CR && i + 1 === bytes.length && !isLast) break;
      lines++;
      if (start > rowStart) rows++;
      rowStart = i + 1;
      end = i + 1;
      counted = { rows, lines };
      cellStart = true;
    } else if (byte === QUOTE && cellStart) {
      quoted = true;
      cellStart = false;
    } else cellStart = byte === separator;
  }
  if (!isLast) return end === 0 ? undefined : { end, ...counted };
  if (rowStart < bytes.length) return { end: bytes.length, rows: rows + 1, lines: lines + 1 };
  return { end: bytes.length, rows, lines };
}

function rowTooLong(line: number, max: number, hasQuotes: boolean): TableError {
  return new TableError(
    `the row at line ${line} has more than ${Math.floor(max / 2 ** 20)} MiB`,
    hasQuotes ? 'a quoted cell is probably not closed' : 'is this a table with a row a line?',
  );
}

const LF = 10;
const CR = 13;
const QUOTE = 34;

/** The cells of one row, as places in the bytes; reused from row to row. */
export class RowCells {
  /** Start and end of each cell, two numbers a cell. A quoted cell is with its quotes. */
  bounds = new Int32Array(256);
  count = 0;

  add(start: number, end: number): void {
    const at = this.count * 2;
    if (at === this.bounds.length) {
      const grown = new Int32Array(at * 2);
      grown.set(this.bounds);
      this.bounds = grown;
    }
    this.bounds[at] = start;
    this.bounds[at + 1] = end;
    this.count++;
  }
}

/**
 * Finds the cells of the row at `at`; returns where the next one starts. RFC 4180, and leniently: a quote amid a cell is text,
 * text after a closing quote belongs to the cell, rows end with LF, CR LF or CR. A blank line has no cells.
 */
export function scanRow(bytes: Uint8Array, at: number, separator: number, cells: RowCells): number {
  const { length } = bytes;
  cells.count = 0;
  let i = at;
  while (i < length) {
    const start = i;
    i = cellEnd(bytes, i, separator);
    if (i < length && bytes[i] === separator) {
      cells.add(start, i++);
      // A separator at the very end of the file is followed by an empty cell.
      if (i === length) cells.add(i, i);
      continue;
    }
    if (cells.count > 0 || i > start) cells.add(start, i);
    return afterLineEnd(bytes, i);
  }
  return i;
}

/** The place of the separator or line end after the cell that starts at `start`, or the bytes' end. */
export function cellEnd(bytes: Uint8Array, start: number, separator: number): number {
  const { length } = bytes;
  let i = start < length && bytes[start] === QUOTE ? quotedEnd(bytes, start) : start;
  for (; i < length; i++) {
    const byte = bytes[i];
    if (byte === separator || byte === LF || byte === CR) break;
  }
  return i;
}

/** The place after the line end at `at`, or the bytes' end. */
export function afterLineEnd(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return at;
  return at + (bytes[at] === CR && at + 1 < bytes.length && bytes[at + 1] === LF ? 2 : 1);
}

/** The place after the closing quote, or the end where none closes. */
function quotedEnd(bytes: Uint8Array, open: number): number {
  for (let at = open + 1; ; at += 2) {
    at = bytes.indexOf(QUOTE, at);
    if (at < 0) return bytes.length;
    if (bytes[at + 1] !== QUOTE) return at + 1;
  }
}

/** Whether the row at `at` ends in a quoted cell that nothing closes. */
export function endsInQuotes(bytes: Uint8Array, at: number, separator: number): boolean {
  const cells = new RowCells();
  scanRow(bytes, at, separator, cells);
  const start = cells.count === 0 ? at : cells.bounds[cells.count * 2 - 2];
  if (bytes[start] !== QUOTE) return false;
  const close = quotedEnd(bytes, start);
  return close === bytes.length && (close - 1 === start || bytes[close - 1] !== QUOTE);
}

/** The text of a cell that was found by `scanRow`, without its quotes. */
export function cellText(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== QUOTE || start >= end) return bytes.toString('utf8', start, end);
  const close = quotedEnd(bytes.subarray(0, end) as Buffer, start);
  const isClosed = close - 1 > start && bytes[close - 1] === QUOTE;
  const inside = bytes.toString('utf8', start + 1, isClosed ? close - 1 : close).replaceAll('""', '"');
  return inside + bytes.toString('utf8', close, end);
}

import { LIMITS } from '../table.ts';
import { TableError } from '../table-error.ts';
import { cellNumber } from './cell-number.ts';
import { cellText, RowCells, scanRow } from './scan-row.ts';

/** How a CSV file is written. */
export interface Dialect {
  /** The separator's code. */
  readonly separator: number;
  /** Names of the columns; undefined without a header. */
  readonly header: readonly string[] | undefined;
  readonly width: number;
  /** Bytes and lines before the first row: the header, blank lines, Excel's `sep=` line. */
  readonly skipBytes: number;
  readonly skipLines: number;
}

/** What the user says of it. */
export interface DialectOptions {
  readonly separator?: string | undefined;
  readonly header?: 'auto' | 'yes' | 'no' | undefined;
}

const CANDIDATES = [',', ';', '\t', '|'];
const SAMPLE_ROWS = 200;

/**
 * Tells separator and header from the file's first bytes (UTF-8; `isWhole` where they are all of it).
 * @throws TableError for an empty file, a header that does not end, too many columns
 */
export function findDialect(head: Buffer, isWhole: boolean, options: DialectOptions = {}): Dialect {
  const start = excelSeparator(head);
  const separator = separatorCode(options.separator) ?? start.separator ?? likelySeparator(head, start.bytes, isWhole);
  const cells = new RowCells();
  let at = start.bytes;
  let next = at;
  do {
    at = next;
    next = scanRow(head, at, separator, cells);
  } while (cells.count === 0 && next < head.length);
  if (cells.count === 0) throw new TableError('the file has no rows');
  if (!isWhole && next === head.length) {
    throw new TableError(`the first row has more than ${head.length} bytes`, 'is this a table with a row a line?');
  }
  if (cells.count > LIMITS.columns) {
    throw new TableError(`the file has ${cells.count} columns; at most ${LIMITS.columns} are read`);
  }
  const first = Array.from({ length: cells.count }, (_, i) =>
    cellText(head, cells.bounds[i * 2], cells.bounds[i * 2 + 1]),
  );
  const hasHeader = options.header === 'yes' || (options.header !== 'no' && looksLikeHeader(first));
  const end = hasHeader ? next : at;
  return {
    separator,
    header: hasHeader ? first.map((name) => name.trim()) : undefined,
    width: first.length,
    skipBytes: end,
    skipLines: countLineEnds(head.subarray(0, end)),
  };
}

/** @throws TableError where it is not one ASCII character */
function separatorCode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const one = text === '\\t' || text.toLowerCase() === 'tab' ? '\t' : text;
  const code = one.charCodeAt(0);
  if (one.length === 1 && code < 128 && !'"\r\n'.includes(one)) return code;
  throw new TableError(`the separator must be one ASCII character, such as ; or tab, not ${JSON.stringify(text)}`);
}

/** Excel's first line `sep=;`. */
function excelSeparator(head: Buffer): { bytes: number; separator: number | undefined } {
  const match = /^sep=(.)\r?\n/i.exec(head.toString('latin1', 0, 10));
  return match === null
    ? { bytes: 0, separator: undefined }
    : { bytes: match[0].length, separator: match[1].charCodeAt(0) };
}

/** All numbers is a row, anything else names. 0, 1, 2, … (after an unnamed index) is how pandas names unnamed columns. */
function looksLikeHeader(cells: readonly string[]): boolean {
  const names = cells[0] === '' ? cells.slice(1) : cells;
  if (names.length > 1 && names.every((cell, i) => cell === String(i))) return true;
  return cells.some((cell) => cellNumber(cell) === undefined);
}

/** The candidate that cuts the first rows into equally many cells, and into most of them. */
function likelySeparator(head: Buffer, start: number, isWhole: boolean): number {
  let best = ','.charCodeAt(0);
  let bestCells = 1;
  for (const candidate of CANDIDATES) {
    const code = candidate.charCodeAt(0);
    const count = commonCount(head, start, code, isWhole);
    const wins = count > bestCells || (candidate === ';' && count > 1 && decimalCommas(head, start));
    if (!wins) continue;
    best = code;
    bestCells = count;
  }
  return best;
}

/** Cells a row where nine of ten sampled rows and the first agree; else 0. */
function commonCount(head: Buffer, start: number, separator: number, isWhole: boolean): number {
  const cells = new RowCells();
  let first = 0;
  let alike = 0;
  let rows = 0;
  for (let at = start; at < head.length && rows < SAMPLE_ROWS; ) {
    at = scanRow(head, at, separator, cells);
    // The last row of a part of a file may be cut.
    if (cells.count === 0 || (at === head.length && !isWhole && rows > 0)) continue;
    if (rows++ === 0) first = cells.count;
    if (cells.count === first) alike++;
  }
  return alike >= rows * 0.9 ? first : 0;
}

/** Whether every comma of the first lines stands between digits, as in 3,14. */
function decimalCommas(head: Buffer, start: number): boolean {
  const text = head.toString('latin1', start, start + 8192);
  return !/(?:^|[^\d]),|,(?!\d)/.test(text);
}

/** Line ends of bytes that end with one: LF, CR LF or CR. */
function countLineEnds(bytes: Buffer): number {
  return bytes.toString('latin1').match(/\r\n|\n|\r/g)?.length ?? 0;
}

import { isUtf8 } from 'node:buffer';
import type { Block } from '../bytes/blocks.ts';
import { type Batch, LIMITS, type RejectedRow, type TableColumn } from '../table.ts';
import { cellNumber, isMissing } from './cell-number.ts';
import { cellText, RowCells, scanRow } from './scan-row.ts';

/** A column to take out of a file. */
export interface WantedColumn {
  readonly name: string;
  /** Its place in the file's rows. */
  readonly index: number;
  /** Whether its cells stay text. */
  readonly isText: boolean;
}

/** The rows of a block of CSV, column by column. Rows of another width are rejected. */
export function parseBlock(
  block: Block,
  separator: number,
  width: number,
  wanted: readonly WantedColumn[],
  names: readonly string[] | undefined,
): Batch {
  const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
  const isClean = isUtf8(bytes);
  const cells = new RowCells();
  const bounds = new Int32Array(block.rows * wanted.length * 2);
  const rowNumbers = new Float64Array(block.rows);
  const rejected: RejectedRow[] = [];
  let rows = 0;
  let row = block.firstRow;
  const lines = lineCounter(bytes, block.firstLine);
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    at = scanRow(bytes, at, separator, cells);
    if (cells.count === 0) continue;
    const number = row++;
    const reason = problem(bytes.subarray(start, at), cells.count, width, names, isClean);
    if (reason !== undefined) {
      rejected.push({ row: number, line: lines(start), reason, text: rowText(bytes, start, at) });
      continue;
    }
    for (let i = 0, to = rows * wanted.length * 2; i < wanted.length; i++) {
      const from = wanted[i].index * 2;
      bounds[to++] = cells.bounds[from];
      bounds[to++] = cells.bounds[from + 1];
    }
    rowNumbers[rows++] = number;
  }
  const columns = wanted.map((column, i) => readColumn(bytes, bounds, i, wanted.length, rows, column));
  return { rows, rowNumbers: rowNumbers.subarray(0, rows), columns, rejected };
}

function problem(
  row: Buffer,
  count: number,
  width: number,
  names: readonly string[] | undefined,
  isClean: boolean,
): string | undefined {
  if (count !== width) {
    const cells = count === 1 ? '1 cell' : `${count} cells`;
    return `the row has ${cells}; ${names === undefined ? 'the first row' : 'the header'} has ${width}`;
  }
  if (!isClean && !isUtf8(row)) return 'the row is not UTF-8 text';
  return undefined;
}

function readColumn(
  bytes: Buffer,
  bounds: Int32Array,
  column: number,
  columns: number,
  rows: number,
  { name, isText }: WantedColumn,
): TableColumn {
  const text = (row: number) => {
    const at = (row * columns + column) * 2;
    return cellText(bytes, bounds[at], bounds[at + 1]);
  };
  if (isText) return { name, values: Array.from({ length: rows }, (_, row) => text(row)) };
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const number = cellNumber(text(row));
    if (number === undefined) return { name, values: textColumn(text, rows) };
    numbers[row] = number;
  }
  return { name, values: numbers };
}

function textColumn(text: (row: number) => string, rows: number): (string | undefined)[] {
  return Array.from({ length: rows }, (_, row) => {
    const cell = text(row);
    return isMissing(cell) ? undefined : cell;
  });
}

/** Line numbers of places that are asked for in order. */
function lineCounter(bytes: Buffer, firstLine: number): (at: number) => number {
  let line = firstLine;
  let counted = 0;
  return (at) => {
    for (; counted < at; counted++) if (bytes[counted] === 10) line++;
    return line;
  };
}

/** The row without its line end, cut to what is shown. */
export function rowText(bytes: Buffer, start: number, end: number): string {
  const shown = bytes.toString('utf8', start, Math.min(end, start + LIMITS.shownRow));
  return shown.replace(/[\r\n]+$/, '');
}

import { isUtf8 } from 'node:buffer';
import type { Block } from '../bytes/blocks.ts';
import { type Batch, LIMITS, type RejectedRow, type TableColumn } from '../table.ts';
import type { WantedColumn } from '../wanted-columns.ts';
import { cellNumber, isMissing } from './cell-number.ts';
import { cellText, RowCells, scanRow } from './scan-row.ts';

/** What is the same in all rows. */
export interface RowForm {
  /** The separator's code. */
  readonly separator: number;
  readonly width: number;
  readonly names: readonly string[] | undefined;
}

/** The rows of a block of CSV, column by column. Rows of another width, and those with text for a number, are rejected. */
export function parseBlock(block: Block, form: RowForm, wanted: readonly WantedColumn[]): Batch {
  const rows = new FoundRows(block, form, wanted);
  const columns = wanted.map((column, i) => readColumn(rows, i, column));
  return rows.finish(columns);
}

/** Where the rows of a block and their wanted cells lie. */
class FoundRows {
  readonly bytes: Buffer;
  readonly rejected: RejectedRow[] = [];
  /** Start and end of the wanted cells, row by row. */
  readonly bounds: Int32Array;
  readonly starts: Int32Array;
  readonly rowNumbers: Float64Array;
  readonly #block: Block;
  readonly #width: number;
  readonly #separator: number;
  /** Rows that are taken back, with the reason: by place. */
  readonly #bad = new Map<number, string>();
  count = 0;

  constructor(block: Block, form: RowForm, wanted: readonly WantedColumn[]) {
    this.#block = block;
    this.#width = wanted.length;
    this.#separator = form.separator;
    this.bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
    this.bounds = new Int32Array(block.rows * wanted.length * 2);
    this.starts = new Int32Array(block.rows);
    this.rowNumbers = new Float64Array(block.rows);
    this.#find(form, wanted);
  }

  #find(form: RowForm, wanted: readonly WantedColumn[]): void {
    const { bytes } = this;
    const isClean = isUtf8(bytes);
    const cells = new RowCells();
    const places = Int32Array.from(wanted, (column) => column.index * 2);
    let row = this.#block.firstRow;
    let to = 0;
    for (let at = 0; at < bytes.length; ) {
      const start = at;
      at = scanRow(bytes, at, form.separator, cells);
      if (cells.count === 0) continue;
      const number = row++;
      if (cells.count !== form.width || !(isClean || isUtf8(bytes.subarray(start, at)))) {
        this.#reject(number, start, problem(cells.count, form));
        continue;
      }
      for (let i = 0; i < places.length; i++) {
        this.bounds[to++] = cells.bounds[places[i]];
        this.bounds[to++] = cells.bounds[places[i] + 1];
      }
      this.starts[this.count] = start;
      this.rowNumbers[this.count++] = number;
    }
  }

  text(row: number, column: number): string {
    const at = (row * this.#width + column) * 2;
    return cellText(this.bytes, this.bounds[at], this.bounds[at + 1]);
  }

  /** Takes a row back. */
  spoil(row: number, reason: string): void {
    if (!this.#bad.has(row)) this.#bad.set(row, reason);
  }

  finish(columns: readonly TableColumn[]): Batch {
    const bad = this.#bad;
    const found = this.rowNumbers.subarray(0, this.count);
    for (const [row, reason] of bad) this.#reject(found[row], this.starts[row], reason);
    const isGood = (_: unknown, row: number) => !bad.has(row);
    const starts = bad.size === 0 ? this.starts : this.starts.subarray(0, this.count).filter(isGood);
    const lineAt = lineCounter(this.bytes, this.#block.firstLine);
    return {
      rows: this.count - bad.size,
      rowNumbers: bad.size === 0 ? found : found.filter(isGood),
      columns: bad.size === 0 ? columns : columns.map((column) => filterColumn(column, isGood)),
      // Until now the line was the place: lines are counted once, in order.
      rejected: this.rejected.sort((a, b) => a.row - b.row).map((one) => ({ ...one, line: lineAt(one.line) })),
      locate: (index) => ({ line: lineAt(starts[index]), text: this.#rowText(starts[index]) }),
    };
  }

  #reject(row: number, start: number, reason: string): void {
    this.rejected.push({ row, line: start, reason, text: this.#rowText(start) });
  }

  #rowText(start: number): string {
    return rowText(this.bytes, start, scanRow(this.bytes, start, this.#separator, new RowCells()));
  }
}

function filterColumn({ name, values }: TableColumn, isGood: (_: unknown, row: number) => boolean): TableColumn {
  return { name, values: values instanceof Float64Array ? values.filter(isGood) : values.filter(isGood) };
}

/** The line of a place in a text; quick where it is asked in order. */
export function lineCounter(bytes: Uint8Array, firstLine: number): (at: number) => number {
  let line = firstLine;
  let counted = 0;
  return (at) => {
    if (at < counted) {
      line = firstLine;
      counted = 0;
    }
    for (; counted < at; counted++) if (bytes[counted] === 10) line++;
    return line;
  };
}

function problem(count: number, { width, names }: RowForm): string {
  if (count === width) return 'the row is not UTF-8 text';
  const cells = count === 1 ? '1 cell' : `${count} cells`;
  return `the row has ${cells}; ${names === undefined ? 'the first row' : 'the header'} has ${width}`;
}

function readColumn(rows: FoundRows, column: number, { name, kind }: WantedColumn): TableColumn {
  const { count } = rows;
  if (kind === 'raw') return { name, values: Array.from({ length: count }, (_, row) => rows.text(row, column)) };
  if (kind === 'text') return { name, values: textColumn(rows, column) };
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const number = cellNumber(rows.text(row, column));
    if (number !== undefined) numbers[row] = number;
    else if (kind === 'auto') return { name, values: textColumn(rows, column) };
    else rows.spoil(row, notANumber(name, rows.text(row, column)));
  }
  return { name, values: numbers };
}

/** Why a row is rejected whose cell should be a number. */
export function notANumber(column: string, text: string): string {
  const hint = /^\s*[+-]?\d+,\d+\s*$/.test(text) ? '; decimal commas are not read' : '';
  return `column "${column.slice(0, 100)}" holds ${JSON.stringify(text.slice(0, 60))}, which is not a number${hint}`;
}

function textColumn(rows: FoundRows, column: number): (string | undefined)[] {
  return Array.from({ length: rows.count }, (_, row) => {
    const cell = rows.text(row, column);
    return isMissing(cell) ? undefined : cell;
  });
}

/** The row without its line end, cut to what is shown. */
export function rowText(bytes: Buffer, start: number, end: number): string {
  const shown = bytes.toString('utf8', start, Math.min(end, start + LIMITS.shownRow));
  return shown.replace(/[\r\n]+$/, '');
}

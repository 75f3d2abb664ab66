import { isUtf8 } from 'node:buffer';
import type { Block } from '../bytes/blocks.ts';
import { type Batch, LIMITS, type RejectedRow, type TableColumn } from '../table.ts';
import type { CellKind, WantedColumn } from '../wanted-columns.ts';
import { cellNumber, isMissing } from './cell-number.ts';
import { parseNumber } from './parse-number.ts';
import { afterLineEnd, cellEnd, cellText, endsInQuotes, RowCells, scanRow } from './scan-row.ts';

/** What is the same in all rows. */
export interface RowForm {
  /** The separator's code. */
  readonly separator: number;
  readonly width: number;
  readonly names: readonly string[] | undefined;
}

/** The rows of a block of CSV, column by column. Rows of another width, and those with text for a number, are rejected. */
export function parseBlock(block: Block, form: RowForm, wanted: readonly WantedColumn[]): Batch {
  const rows = new BlockRows(block, form, wanted);
  return rows.finish(wanted.map((column, i) => rows.column(column, i)));
}

/** What is done with each column of the file: where its numbers and its cells' bounds go, -1 for nowhere. */
interface ColumnPlan {
  readonly numberSlots: Int32Array;
  readonly boundSlots: Int32Array;
}

/** The rows that were found in a block, and where their wanted cells lie. */
class BlockRows {
  readonly #bytes: Buffer;
  readonly #block: Block;
  readonly #form: RowForm;
  readonly #rejected: RejectedRow[] = [];
  /** Where each wanted column's numbers and bounds lie: two that are one column of the file share them. */
  readonly #numberSlots: readonly number[];
  readonly #boundSlots: readonly number[];
  /** Numbers column by column, with room for all rows in each. */
  readonly #numbers: Float64Array;
  /** Start and end of each cell, likewise. */
  readonly #bounds: Int32Array;
  readonly #room: number;
  readonly #starts: Int32Array;
  readonly #rowNumbers: Float64Array;
  /** Rows that are taken back, with the reason: by place. */
  readonly #bad = new Map<number, string>();
  #count = 0;

  constructor(block: Block, form: RowForm, wanted: readonly WantedColumn[]) {
    this.#block = block;
    this.#form = form;
    // A blank line is no row, but its cell is read before that is known.
    this.#room = block.rows + 1;
    this.#bytes = withLineEnd(block.bytes);
    this.#numberSlots = slotsOf(wanted, (kind) => kind === 'number');
    this.#boundSlots = slotsOf(wanted, (kind) => kind !== 'number');
    this.#numbers = new Float64Array(this.#room * countOf(this.#numberSlots));
    this.#bounds = new Int32Array(this.#room * countOf(this.#boundSlots) * 2);
    this.#starts = new Int32Array(this.#room);
    this.#rowNumbers = new Float64Array(this.#room);
    this.#find(planOf(form, wanted, this.#numberSlots, this.#boundSlots));
  }

  #find({ numberSlots, boundSlots }: ColumnPlan): void {
    const bytes: Uint8Array = this.#bytes;
    const { separator, width } = this.#form;
    const numbers = this.#numbers;
    const bounds = this.#bounds;
    const room = this.#room;
    const isClean = isUtf8(bytes);
    const { length } = bytes;
    let row = this.#block.firstRow;
    for (let i = 0; i < length; ) {
      const start = i;
      const count = this.#count;
      let column = 0;
      for (; ; i++) {
        const slot = column < width ? numberSlots[column] : -1;
        let end: number;
        if (slot >= 0) {
          const at = slot * room + count;
          end = parseNumber(bytes, i, separator, numbers, at);
          if (end < 0) {
            end = cellEnd(bytes, i, separator);
            numbers[at] = this.#slowNumber(i, end, column);
          }
        } else end = cellEnd(bytes, i, separator);
        const place = column < width ? boundSlots[column] : -1;
        if (place >= 0) {
          const to = (place * room + count) * 2;
          bounds[to] = i;
          bounds[to + 1] = end;
        }
        column++;
        i = end;
        if (bytes[i] !== separator || i >= length) break;
      }
      const isBlank = column === 1 && i === start;
      i = afterLineEnd(bytes, i);
      if (isBlank) {
        this.#bad.delete(count);
        continue;
      }
      const number = row++;
      if (column === width && (isClean || isUtf8(bytes.subarray(start, i)))) {
        this.#starts[count] = start;
        this.#rowNumbers[this.#count++] = number;
      } else {
        this.#bad.delete(count);
        this.#reject(number, start, this.#problem(start, column));
      }
    }
  }

  /** The number of a cell that is quoted, spaced, a word or long; its row is taken back where it has none. */
  #slowNumber(start: number, end: number, column: number): number {
    const text = cellText(this.#bytes, start, end);
    const value = cellNumber(text);
    if (value !== undefined) return value;
    this.#spoil(this.#count, notANumber(this.#form.names?.[column] ?? String(column), text));
    return Number.NaN;
  }

  #text(row: number, slot: number): string {
    const at = (slot * this.#room + row) * 2;
    return cellText(this.#bytes, this.#bounds[at], this.#bounds[at + 1]);
  }

  /** Takes a row back. */
  #spoil(row: number, reason: string): void {
    if (!this.#bad.has(row)) this.#bad.set(row, reason);
  }

  column({ name, kind }: WantedColumn, index: number): TableColumn {
    const count = this.#count;
    if (kind === 'number') {
      const from = this.#numberSlots[index] * this.#room;
      return { name, values: this.#numbers.subarray(from, from + count) };
    }
    const slot = this.#boundSlots[index];
    if (kind === 'raw') return { name, values: Array.from({ length: count }, (_, row) => this.#text(row, slot)) };
    const values = Array.from({ length: count }, (_, row) => {
      const text = this.#text(row, slot);
      return isMissing(text) ? undefined : text;
    });
    if (kind === 'text') return { name, values };
    const numbers = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const text = values[row];
      const number = text === undefined ? Number.NaN : cellNumber(text);
      if (number === undefined) return { name, values };
      numbers[row] = number;
    }
    return { name, values: numbers };
  }

  finish(columns: readonly TableColumn[]): Batch {
    const bad = this.#bad;
    const found = this.#rowNumbers.subarray(0, this.#count);
    for (const [row, reason] of bad) this.#reject(found[row], this.#starts[row], reason);
    const isGood = (_: unknown, row: number) => !bad.has(row);
    const starts = bad.size === 0 ? this.#starts : this.#starts.subarray(0, this.#count).filter(isGood);
    const lineAt = lineCounter(this.#bytes, this.#block.firstLine);
    return {
      rows: this.#count - bad.size,
      rowNumbers: bad.size === 0 ? found : found.filter(isGood),
      columns: bad.size === 0 ? columns : columns.map((column) => filterColumn(column, isGood)),
      // Until now the line was the place: lines are counted once, in order.
      rejected: this.#rejected.sort((a, b) => a.row - b.row).map((one) => ({ ...one, line: lineAt(one.line) })),
      locate: (index) => ({ line: lineAt(starts[index]), text: this.#rowText(starts[index]) }),
    };
  }

  #problem(start: number, count: number): string {
    const { width, names, separator } = this.#form;
    if (count === width) return 'the row is not UTF-8 text';
    if (endsInQuotes(this.#bytes, start, separator)) return 'a quoted cell is not closed';
    const cells = count === 1 ? '1 cell' : `${count} cells`;
    return `the row has ${cells}; ${names === undefined ? 'the first row' : 'the header'} has ${width}`;
  }

  #reject(row: number, start: number, reason: string): void {
    this.#rejected.push({ row, line: start, reason, text: this.#rowText(start) });
  }

  #rowText(start: number): string {
    return rowText(this.#bytes, start, scanRow(this.#bytes, start, this.#form.separator, new RowCells()));
  }
}

/** A place for each column of the file that is wanted in such a kind, the same for all who want it; -1 for the others. */
function slotsOf(wanted: readonly WantedColumn[], counts: (kind: CellKind) => boolean): number[] {
  const places = new Map<number, number>();
  return wanted.map(({ index, kind }) => {
    if (!counts(kind)) return -1;
    const place = places.get(index) ?? places.size;
    places.set(index, place);
    return place;
  });
}

function countOf(slots: readonly number[]): number {
  return slots.reduce((count, slot) => Math.max(count, slot + 1), 0);
}

function planOf(
  { width }: RowForm,
  wanted: readonly WantedColumn[],
  numbers: readonly number[],
  bounds: readonly number[],
): ColumnPlan {
  const plan = { numberSlots: new Int32Array(width).fill(-1), boundSlots: new Int32Array(width).fill(-1) };
  wanted.forEach(({ index }, i) => {
    if (numbers[i] >= 0) plan.numberSlots[index] = numbers[i];
    if (bounds[i] >= 0) plan.boundSlots[index] = bounds[i];
  });
  return plan;
}

/** The bytes, ending with a line end: what reads numbers looks for no other end. */
function withLineEnd(bytes: Uint8Array<ArrayBuffer>): Buffer<ArrayBuffer> {
  const last = bytes.at(-1);
  if (last === 10 || last === 13) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const longer = Buffer.alloc(bytes.length + 1, 10);
  longer.set(bytes);
  return longer;
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

/** Why a row is rejected whose cell should be a number. */
export function notANumber(column: string, text: string): string {
  const hint = /^\s*[+-]?\d+,\d+\s*$/.test(text) ? '; decimal commas are not read' : '';
  return `column "${column.slice(0, 100)}" holds ${JSON.stringify(text.slice(0, 60))}, which is not a number${hint}`;
}

/** The row without its line end, cut to what is shown. */
export function rowText(bytes: Buffer, start: number, end: number): string {
  const shown = bytes.toString('utf8', start, Math.min(end, start + LIMITS.shownRow));
  return shown.replace(/[\r\n]+$/, '');
}

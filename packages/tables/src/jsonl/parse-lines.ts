import type { Block } from '../bytes/blocks.ts';
import { cellNumber } from '../csv/cell-number.ts';
import { lineCounter, notANumber, rowText } from '../csv/parse-block.ts';
import type { Batch, RejectedRow, TableColumn } from '../table.ts';
import type { CellKind, WantedColumn } from '../wanted-columns.ts';

/** The value of a cell: what JSON has besides lists and objects. */
export type JsonCell = string | number | boolean | null | undefined;

/** One line's cells by column, or why it has none. */
export type JsonRow = { readonly cells: ReadonlyMap<string, JsonCell> } | { readonly reason: string };

/** The cells of a line: an object's members, or a list's items by position. */
export function parseLine(text: string): JsonRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'the line is not JSON' };
  }
  if (typeof value !== 'object' || value === null) return { reason: 'the line is neither a JSON object nor a list' };
  const entries = Array.isArray(value) ? value.map((cell, i) => [String(i), cell] as const) : Object.entries(value);
  return { cells: new Map(entries as (readonly [string, JsonCell])[]) };
}

/** The rows of a block of JSON Lines, column by column; an absent member is a missing cell. */
export function parseLines(block: Block, wanted: readonly WantedColumn[]): Batch {
  const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
  const columns = wanted.map(() => [] as JsonCell[]);
  const rowNumbers: number[] = [];
  const places: (readonly [number, number])[] = [];
  const rejected: RejectedRow[] = [];
  let row = block.firstRow;
  let line = block.firstLine;
  for (let at = 0; at < bytes.length; line++) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.toString('utf8', at, end).replace(/\r$/, '');
    const start = at;
    at = end + 1;
    if (text === '') continue;
    const number = row++;
    const parsed = parseLine(text);
    const reason = 'reason' in parsed ? parsed.reason : unfit(parsed.cells, wanted);
    if (reason !== undefined) rejected.push({ row: number, line, reason, text: rowText(bytes, start, end) });
    else if ('cells' in parsed) {
      for (let i = 0; i < wanted.length; i++) columns[i].push(parsed.cells.get(wanted[i].name));
      rowNumbers.push(number);
      places.push([start, end]);
    }
  }
  const lineAt = lineCounter(bytes, block.firstLine);
  return {
    rows: rowNumbers.length,
    rowNumbers: Float64Array.from(rowNumbers),
    columns: wanted.map((column, i) => typedColumn(column.name, columns[i], column.kind)),
    rejected,
    locate: (index) => {
      const [start, end] = places[index];
      return { line: lineAt(start), text: rowText(bytes, start, end) };
    },
  };
}

function unfit(cells: ReadonlyMap<string, unknown>, wanted: readonly WantedColumn[]): string | undefined {
  for (const { name, kind } of wanted) {
    const cell = cells.get(name);
    if (typeof cell === 'object' && cell !== null) {
      return `column "${name}" holds a list or an object; a cell is one value`;
    }
    if (kind === 'number' && typeof cell === 'string' && cellNumber(cell) === undefined) return notANumber(name, cell);
  }
  return undefined;
}

/** Numbers where every cell is one, true, false or missing, or the kind says so; else text. */
export function typedColumn(name: string, cells: readonly JsonCell[], kind: CellKind): TableColumn {
  const isNumber = kind === 'number' || (kind === 'auto' && cells.every((cell) => typeof cell !== 'string'));
  if (isNumber) return { name, values: Float64Array.from(cells, toNumber) };
  return { name, values: cells.map((cell) => (cell === null || cell === undefined ? undefined : String(cell))) };
}

function toNumber(cell: JsonCell): number {
  if (typeof cell === 'string') return cellNumber(cell) ?? Number.NaN;
  return cell === null || cell === undefined ? Number.NaN : Number(cell);
}

import type { FileHandle } from 'node:fs/promises';
import { type DecodedArray, type ParquetScan, parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet';
import { cellNumber } from '../csv/cell-number.ts';
import { notANumber } from '../csv/parse-block.ts';
import { typedColumn } from '../jsonl/parse-lines.ts';
import { sliceBatch } from '../slice-batch.ts';
import { type Batch, LIMITS, type Table, type TableColumn, type TableOptions } from '../table.ts';
import { TableError } from '../table-error.ts';
import { type CellKind, type WantedColumn, wantedColumns } from '../wanted-columns.ts';
import { CODECS } from './codecs.ts';

/** A Parquet file whose rows can be read in parts. */
export interface ParquetTable extends Table {
  /** The rows from `start` (from 0) to before `end`, of one row group. */
  readRows(start: number, end: number): Promise<Batch>;
}

/** Opens Apache Parquet. Memory: the wanted columns of one row group. @throws TableError */
export async function openParquet(
  file: FileHandle,
  path: string,
  sizeBytes: number,
  options: TableOptions,
  columns?: readonly WantedColumn[],
): Promise<ParquetTable> {
  const buffer = { byteLength: sizeBytes, slice: (start: number, end?: number) => read(file, start, end ?? sizeBytes) };
  const metadata = await understood(() => parquetMetadataAsync(buffer));
  const names = await understood(async () => parquetSchema(metadata).children.map((child) => child.element.name));
  const width = names.length;
  if (width > LIMITS.columns) throw new TableError(`the file has ${width} columns; at most ${LIMITS.columns} are read`);
  if (Number(metadata.num_rows) === 0) throw new TableError('the file has no rows');
  const wanted = columns ?? wantedColumns(names, width, options);
  const scan = await understood(() =>
    parquetScan({ file: buffer, metadata, columns: wanted.map((column) => column.name), compressors: CODECS }),
  );
  const readRows = (start: number, end: number) => understood(() => readColumns(scan, wanted, start, end));
  return {
    format: 'parquet',
    columns: names,
    width,
    sizeBytes,
    readRows,
    async *batches(maxRows) {
      for (const { rowStart, rowEnd } of scan.ranges) yield* sliceBatch(await readRows(rowStart, rowEnd), maxRows);
    },
    async *parts(_, from) {
      for (const { rowStart: start, rowEnd: end } of scan.ranges) {
        if (from === undefined || start >= from.row - 1) yield { kind: 'rows', start, end };
      }
    },
    share: ({ row }) => (row - 1) / Number(metadata.num_rows),
    source: (chosen) => ({ format: 'parquet', path, separator: 0, width, names, wanted: chosen }),
    close: () => file.close(),
  };
}

async function readColumns(
  scan: ParquetScan,
  wanted: readonly WantedColumn[],
  start: number,
  end: number,
): Promise<Batch> {
  const columns: TableColumn[] = [];
  for (const { name, kind } of wanted) {
    columns.push(toColumn(name, await scan.readColumn({ column: name, rowStart: start, rowEnd: end }), kind));
  }
  const rowNumbers = Float64Array.from({ length: end - start }, (_, i) => start + i + 1);
  const locate = (index: number) => ({
    line: start + index + 1,
    text: JSON.stringify(Object.fromEntries(columns.map(({ name, values }) => [name, values[index]]))).slice(
      0,
      LIMITS.shownRow,
    ),
  });
  return { rows: end - start, rowNumbers, columns, rejected: [], locate };
}

function toColumn(name: string, cells: DecodedArray, kind: CellKind): TableColumn {
  const asNumbers = kind === 'auto' || kind === 'number';
  if (asNumbers && cells instanceof Float64Array) return { name, values: cells };
  if (asNumbers && ArrayBuffer.isView(cells) && !(cells instanceof BigInt64Array || cells instanceof BigUint64Array)) {
    return { name, values: Float64Array.from(cells as ArrayLike<number>) };
  }
  const plain = Array.from(cells as ArrayLike<unknown>, (cell) => toCell(cell, name, asNumbers));
  const text = kind === 'number' && plain.find((cell) => typeof cell === 'string' && cellNumber(cell) === undefined);
  if (typeof text === 'string') throw new TableError(notANumber(name, text));
  return typedColumn(name, plain, kind);
}

function toCell(cell: unknown, column: string, asNumber: boolean): string | number | boolean | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'bigint') return asNumber ? Number(cell) : String(cell);
  if (typeof cell === 'number' || typeof cell === 'string' || typeof cell === 'boolean') return cell;
  if (cell instanceof Date) return cell.toISOString();
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('utf8');
  throw new TableError(`column "${column.slice(0, 100)}" holds lists or records; a cell is one value`);
}

async function read(file: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const out = new Uint8Array(Math.max(0, end - start));
  let length = 0;
  while (length < out.length) {
    const { bytesRead } = await file.read(out, length, out.length - length, start + length);
    if (bytesRead === 0) throw new TableError('the file ends before its index says');
    length += bytesRead;
  }
  return out.buffer;
}

/** The reader's faults in our words: whatever it throws, the file is not what it says. */
async function understood<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof TableError) throw thrown;
    // Of other kinds of errors the text speaks of the reader's own parts.
    const isFault = thrown instanceof TypeError || thrown instanceof RangeError || !(thrown instanceof Error);
    const why = isFault || /footer/.test(thrown.message) ? 'it is damaged or cut short' : thrown.message;
    throw new TableError(`the Parquet file can not be read: ${why}`, 'write it again, or save the rows as CSV');
  }
}

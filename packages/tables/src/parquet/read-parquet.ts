import type { FileHandle } from 'node:fs/promises';
import { type DecodedArray, type ParquetScan, parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet';
import type { WantedColumn } from '../csv/parse-block.ts';
import { typedColumn } from '../jsonl/parse-lines.ts';
import { sliceBatch } from '../slice-batch.ts';
import { type Batch, LIMITS, type Table, type TableColumn, type TableOptions } from '../table.ts';
import { TableError } from '../table-error.ts';
import { wantedColumns } from '../wanted-columns.ts';
import { CODECS } from './codecs.ts';

/** A Parquet file whose rows can be read in parts. */
export interface ParquetTable extends Table {
  /** Parts of the rows, each read for itself: the first row (from 0) and the one after the last. */
  readonly parts: readonly { readonly start: number; readonly end: number }[];
  readPart(start: number, end: number): Promise<Batch>;
}

/** Opens Apache Parquet. Memory: the wanted columns of one row group. @throws TableError */
export async function openParquet(file: FileHandle, sizeBytes: number, options: TableOptions): Promise<ParquetTable> {
  const buffer = { byteLength: sizeBytes, slice: (start: number, end?: number) => read(file, start, end ?? sizeBytes) };
  const metadata = await understood(() => parquetMetadataAsync(buffer));
  const all = await understood(async () => parquetSchema(metadata).children.map((child) => child.element.name));
  if (all.length > LIMITS.columns) {
    throw new TableError(`the file has ${all.length} columns; at most ${LIMITS.columns} are read`);
  }
  if (Number(metadata.num_rows) === 0) throw new TableError('the file has no rows');
  const wanted = wantedColumns(all, all.length, options);
  const names = wanted.map((column) => column.name);
  const scan = await understood(() => parquetScan({ file: buffer, metadata, columns: names, compressors: CODECS }));
  const readPart = (start: number, end: number) => understood(() => readRows(scan, wanted, start, end));
  const parts = scan.ranges.map(({ rowStart, rowEnd }) => ({ start: rowStart, end: rowEnd }));
  return {
    format: 'parquet',
    columns: all,
    width: all.length,
    sizeBytes,
    parts,
    readPart,
    async *batches(maxRows): AsyncGenerator<Batch> {
      for (const { start, end } of parts) yield* sliceBatch(await readPart(start, end), maxRows);
    },
    close: () => file.close(),
  };
}

async function readRows(
  scan: ParquetScan,
  wanted: readonly WantedColumn[],
  start: number,
  end: number,
): Promise<Batch> {
  const columns: TableColumn[] = [];
  for (const { name, isText } of wanted) {
    columns.push(toColumn(name, await scan.readColumn({ column: name, rowStart: start, rowEnd: end }), isText));
  }
  const rowNumbers = Float64Array.from({ length: end - start }, (_, i) => start + i + 1);
  return { rows: end - start, rowNumbers, columns, rejected: [] };
}

function toColumn(name: string, cells: DecodedArray, isText: boolean): TableColumn {
  if (!isText && cells instanceof Float64Array) return { name, values: cells };
  if (!isText && ArrayBuffer.isView(cells) && !(cells instanceof BigInt64Array || cells instanceof BigUint64Array)) {
    return { name, values: Float64Array.from(cells as ArrayLike<number>) };
  }
  const plain = Array.from(cells as ArrayLike<unknown>, (cell) => toCell(cell, name, isText));
  return typedColumn(name, plain, isText);
}

function toCell(cell: unknown, column: string, isText: boolean): string | number | boolean | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'bigint') return isText ? String(cell) : Number(cell);
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
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TableError(`the Parquet file can not be read: ${why}`);
  }
}

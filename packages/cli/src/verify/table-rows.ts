import type { Batch, RowColumn } from './batch.ts';
import { type ChosenColumns, chooseColumns } from './choose-columns.ts';

/** What is needed of an open table file; `openTable` of the package `tables` gives it. */
export interface RowTable {
  readonly columns: readonly string[] | undefined;
  readonly width: number;
  batches(maxRows: number): AsyncIterable<{
    readonly rows: number;
    readonly rowNumbers: Float64Array;
    readonly columns: readonly RowColumn[];
    readonly rejected: readonly { readonly row: number; readonly reason: string }[];
  }>;
  close(): Promise<void>;
}

/** How a table file is opened. */
export type OpenTable = (
  path: string,
  options: { readonly columns?: readonly string[]; readonly keepText?: readonly string[] },
) => Promise<RowTable>;

/** What the rows of a file are read for. */
export interface TableRowsOptions {
  readonly path: string;
  readonly open: OpenTable;
  readonly asked: readonly string[] | undefined;
  readonly names: readonly string[] | undefined;
  readonly width: number | undefined;
  readonly batchRows: number;
  readonly textColumns: (names: readonly string[]) => string[];
  readonly batch: (rowNumbers: ArrayLike<number>, columns: RowColumn[]) => Batch;
  /** Told of rows that can not be read. */
  readonly onRejected: (row: number, reason: string) => void;
}

/** A file's rows, and which columns they are of. */
export interface TableRows {
  readonly chosen: ChosenColumns;
  readonly batches: AsyncIterable<Batch>;
}

/** @throws CommandError where the columns do not fit; TableError where the file can not be read. */
export async function tableRows(options: TableRowsOptions): Promise<TableRows> {
  const { path, open } = options;
  const first = await open(path, {});
  const inFile = first.columns ?? Array.from({ length: first.width }, (_, j) => String(j));
  await first.close();
  const { names, width, asked } = options;
  const chosen = chooseColumns({ inFile, hasHeader: first.columns !== undefined, asked, names, width });
  return { chosen, batches: read(options, chosen) };
}

async function* read(options: TableRowsOptions, chosen: ChosenColumns): AsyncGenerator<Batch> {
  const { path, open, batchRows, textColumns, batch, onRejected } = options;
  const text = new Set(textColumns(chosen.names));
  const keepText = chosen.columns.filter((_, j) => text.has(chosen.names[j]));
  const table = await open(path, { columns: chosen.columns, keepText });
  try {
    for await (const part of table.batches(batchRows)) {
      for (const { row, reason } of part.rejected) onRejected(row, reason);
      if (part.rows === 0) continue;
      const byName = new Map(part.columns.map(({ name, values }) => [name, values]));
      const columns = chosen.columns.map((name, j): RowColumn => {
        const values = byName.get(name) as RowColumn['values'];
        return { name: chosen.names[j], values: text.has(chosen.names[j]) ? asText(values) : values };
      });
      yield batch(part.rowNumbers, columns);
    }
  } finally {
    await table.close();
  }
}

/** JSON and Parquet hold numbers as numbers, also where the model wants their text. */
function asText(values: RowColumn['values']): readonly (string | undefined)[] {
  if (!(values instanceof Float64Array)) return values;
  return Array.from(values, (value) => (Number.isNaN(value) ? undefined : String(value)));
}

import type { Part, PartSource, Position } from './part.ts';
import type { WantedColumn } from './wanted-columns.ts';

/** The file formats that hold a table: comma-separated values and their kin, a JSON document a line, Apache Parquet. */
export type TableFormat = 'csv' | 'jsonl' | 'parquet';

/** What a text file may be written in. `utf-8` takes a byte order mark. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1' | 'windows-1252';

/** How to read a table. What is not given is told by the content. */
export interface TableOptions {
  /** Default by the name's ending, then by content. */
  readonly format?: TableFormat;
  /** One ASCII character; default the one of `,` `;` tab `|` that cuts the first rows into equally many cells. */
  readonly separator?: string;
  /** `auto` (default): the first row is a header unless it is all numbers. */
  readonly header?: 'auto' | 'yes' | 'no';
  /** Default a byte order mark's, else UTF-8. */
  readonly encoding?: Encoding;
  /** Columns to read, by name, or by position ("0", "1", …) where there is no header; default all. */
  readonly columns?: readonly string[];
  /** Columns whose cells stay text as they are written, e.g. ids with leading zeros. */
  readonly keepText?: readonly string[];
}

/** One column of some rows: numbers with NaN for a missing cell, or text with undefined for one. */
export interface TableColumn {
  /** The header's name, or the position ("0", "1", …) where there is no header. */
  readonly name: string;
  readonly values: Float64Array | readonly (string | undefined)[];
}

/** A row that could not be read, with the reason for people. */
export interface RejectedRow {
  /** Number of the row, the first after the header is 1. */
  readonly row: number;
  /** Line of a text file at which the row starts, from 1; of Parquet the row. */
  readonly line: number;
  readonly reason: string;
  /** The row as it was written, cut to some kilobytes. */
  readonly text: string;
}

/** Some consecutive rows of a table, column by column. */
export interface Batch {
  /** Rows that could be read; each column has as many values. */
  readonly rows: number;
  /** The number of each row in the file, from 1; rejected rows are counted. */
  readonly rowNumbers: Float64Array;
  readonly columns: readonly TableColumn[];
  readonly rejected: readonly RejectedRow[];
  /** Where the row at an index stands in the file, and how it is written. */
  locate(index: number): { readonly line: number; readonly text: string };
}

/** An open table file. */
export interface Table {
  readonly format: TableFormat;
  /** Names of all columns in the file's order; undefined where it has no header. */
  readonly columns: readonly string[] | undefined;
  /** Number of columns in the file. */
  readonly width: number;
  readonly sizeBytes: number;
  /**
   * The rows from the first on, in order, at most `maxRows` at once. A column is numbers in a batch where all of its cells
   * there are numbers or missing.
   * @throws TableError where reading can not go on
   */
  batches(maxRows: number): AsyncIterable<Batch>;
  /**
   * The rows in parts that several threads can read at once (`openPartReader`): about `bytes` bytes of a text file, a row
   * group of Parquet. From a position on, to go on where another run stopped; default from the first row.
   */
  parts(bytes: number, from?: Position): AsyncIterable<Part>;
  /** How much of the table lies before a position, 0 to 1: for progress. */
  share(position: Position): number;
  /** What a reader of the parts needs. */
  source(wanted: readonly WantedColumn[]): PartSource;
  /** Closes the file. May be called more than once. */
  close(): Promise<void>;
}

/** Bounds of what is read: a file is input from outside. */
export const LIMITS = {
  /** Bytes of one row of a text file. */
  rowBytes: 16 * 2 ** 20,
  columns: 65_536,
  /** Characters that a rejected row is shown with. */
  shownRow: 4096,
} as const;

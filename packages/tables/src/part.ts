import type { Block } from './bytes/blocks.ts';
import type { TableFormat } from './table.ts';
import type { WantedColumn } from './wanted-columns.ts';

/** Some consecutive rows that can be read by themselves, in any thread; plain data. */
export type Part =
  | { readonly kind: 'text'; readonly block: Block }
  /** Rows of a Parquet file: the first (from 0) and the one after the last. */
  | { readonly kind: 'rows'; readonly start: number; readonly end: number };

/** Where a text file's parts go on; in Parquet the row alone counts. */
export interface Position {
  /** Bytes of text before it; see `Block.offset`. */
  readonly offset: number;
  /** Number of the next row, from 1. */
  readonly row: number;
  readonly line: number;
}

/** What a thread must know to read parts; plain data. */
export interface PartSource {
  readonly format: TableFormat;
  readonly path: string;
  /** The separator's code (CSV). */
  readonly separator: number;
  readonly width: number;
  readonly names: readonly string[] | undefined;
  readonly wanted: readonly WantedColumn[];
}

/** The position after a part. */
export function after(part: Part): Position {
  if (part.kind === 'rows') return { offset: 0, row: part.end + 1, line: 0 };
  const { block } = part;
  return {
    offset: block.offset + block.bytes.length,
    row: block.firstRow + block.rows,
    line: block.firstLine + block.lines,
  };
}

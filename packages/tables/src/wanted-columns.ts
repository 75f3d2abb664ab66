import type { TableOptions } from './table.ts';
import { TableError } from './table-error.ts';

/**
 * How the cells of a column are taken: `auto` numbers where all are numbers or missing, else text; `number` the rows of which
 * are rejected where a cell is another text; `text` text, undefined where it is missing; `raw` text just as it is written.
 */
export type CellKind = 'auto' | 'number' | 'text' | 'raw';

/** A column to take out of a file. */
export interface WantedColumn {
  readonly name: string;
  /** Its place in the file's rows. */
  readonly index: number;
  readonly kind: CellKind;
}

/**
 * The columns that the options ask for, in the order asked.
 * @throws TableError for a name that the table lacks or has twice
 */
export function wantedColumns(
  names: readonly string[] | undefined,
  width: number,
  options: Pick<TableOptions, 'columns' | 'keepText'>,
): WantedColumn[] {
  const all = names ?? positionNames(width);
  const kept = new Set(options.keepText);
  for (const name of kept) if (!all.includes(name)) throw noColumn(name, all);
  const kindOf = (name: string): CellKind => (kept.has(name) ? 'raw' : 'auto');
  if (options.columns === undefined) return all.map((name, index) => ({ name, index, kind: kindOf(name) }));
  return options.columns.map((name) => ({ name, index: columnIndex(name, all), kind: kindOf(name) }));
}

/** What columns are called that have no names: "0", "1", … */
export function positionNames(width: number): string[] {
  return Array.from({ length: width }, (_, i) => String(i));
}

/** The place of a column. @throws TableError for a name that the table lacks or has twice */
export function columnIndex(name: string, all: readonly string[]): number {
  const index = all.indexOf(name);
  if (index < 0) throw noColumn(name, all);
  if (all.includes(name, index + 1)) {
    throw new TableError(`the table has two columns "${name.slice(0, 100)}"`, 'rename one of them');
  }
  return index;
}

function noColumn(name: string, all: readonly string[]): TableError {
  const listed = all.slice(0, 20).map((one) => one.slice(0, 80));
  const more = all.length > 20 ? `, … (${all.length} in all)` : '';
  return new TableError(
    `the table has no column "${name.slice(0, 100)}"`,
    `its columns are ${listed.join(', ')}${more}`,
  );
}

import { printable } from '../terminal/io.ts';

/** meta.k8s.io/v1 Table, as far as it is printed. */
export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly namespace?: string; readonly name?: string } };
  }[];
}

export interface TableOptions {
  readonly wide: boolean;
  readonly headers: boolean;
  /** A column for the namespace first. */
  readonly namespaces: boolean;
  /** Put before names where several kinds are printed. */
  readonly prefix?: string;
}

/** The rows of a table as lists of texts, the header first. */
export function tableRows(table: Table, options: TableOptions): string[][] {
  const columns = table.columnDefinitions
    .map((column, index) => ({ ...column, index }))
    .filter((column) => options.wide || (column.priority ?? 0) === 0);
  const header = columns.map((column) => column.name.toUpperCase());
  const rows = (table.rows ?? []).map((row) => {
    const cells = columns.map(({ index, name }) => {
      const text = cellText(row.cells[index]);
      return options.prefix !== undefined && name.toLowerCase() === 'name' ? `${options.prefix}/${text}` : text;
    });
    return options.namespaces ? [row.object?.metadata?.namespace ?? '', ...cells] : cells;
  });
  const all = options.headers ? [options.namespaces ? ['NAMESPACE', ...header] : header] : [];
  return [...all, ...rows];
}

function cellText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // A row is a line.
  return printable(text).replace(/[\n\t]+/g, ' ');
}

/** Columns that line up, three spaces apart, as kubectl prints them. `widths` keeps them over several calls. */
export function alignColumns(rows: readonly (readonly string[])[], widths: number[] = []): string {
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] as number))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

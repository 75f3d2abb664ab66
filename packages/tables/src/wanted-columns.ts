import type { WantedColumn } from './csv/parse-block.ts';
import type { TableOptions } from './table.ts';
import { TableError } from './table-error.ts';

/**
 * The columns that the options ask for, in the order asked.
 * @throws TableError for a name that the table lacks or has twice
 */
export function wantedColumns(
  names: readonly string[] | undefined,
  width: number,
  options: Pick<TableOptions, 'columns' | 'keepText'>,
): WantedColumn[] {
  const all = names ?? Array.from({ length: width }, (_, i) => String(i));
  const kept = new Set(options.keepText);
  for (const name of kept) if (!all.includes(name)) throw noColumn(name, all);
  const taken = options.columns ?? all;
  const places = new Map(all.map((name, index) => [name, index] as const));
  return taken.map((name, i) => {
    // Without a choice each column stands for itself, also where two have one name.
    const index = options.columns === undefined ? i : places.get(name);
    if (index === undefined) throw noColumn(name, all);
    if (options.columns !== undefined && all.indexOf(name) !== index) {
      throw new TableError(`the table has two columns "${name.slice(0, 100)}"`, 'rename one of them');
    }
    return { name, index, isText: kept.has(name) };
  });
}

function noColumn(name: string, all: readonly string[]): TableError {
  const listed = all.slice(0, 20).map((one) => one.slice(0, 80));
  const more = all.length > 20 ? `, … (${all.length} in all)` : '';
  return new TableError(
    `the table has no column "${name.slice(0, 100)}"`,
    `its columns are ${listed.join(', ')}${more}`,
  );
}

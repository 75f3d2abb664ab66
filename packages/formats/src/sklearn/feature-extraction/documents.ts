import { invalidInput } from '@berth/inference';
import type { Table } from '../estimator.ts';

/**
 * The documents of a table of one text column.
 * @throws InferenceError INVALID_INPUT for more columns, and for what is no text, naming the row.
 */
export function readDocuments(table: Table, className: string): readonly string[] {
  const column = table.kind === 'frame' && table.columns.length === 1 ? table.columns[0] : undefined;
  if (column === undefined) {
    const have = table.kind === 'frame' ? `${table.columns.length} columns` : 'numbers';
    throw invalidInput(`${className} takes one text in each row; the request has ${have}`);
  }
  return Array.from(column.data as ArrayLike<unknown>, (cell, row) => {
    if (typeof cell === 'string') return cell;
    throw invalidInput(
      `${className} takes one text in each row; row ${row} has ${cell === null ? 'null' : `the ${typeof cell} ${cell}`}`,
    );
  });
}

import { isMissing } from '../categories.ts';
import type { Cell, Column } from '../estimator.ts';
import { type Fitted, scalarNumber } from '../fitted.ts';

/** Whether a cell is one of those that `missing_values` names. */
export type MissingTest = (cell: Cell) => boolean;

/**
 * The test for `missing_values`: NaN (and None, and pandas' NA) or one given number or text. A JSON null counts as
 * missing for NaN as for None, for a request has one null for both.
 */
export function readMissingTest(fitted: Fitted): MissingTest {
  const value = fitted.raw('missing_values');
  if (value === undefined || value === 'NaN' || isMissing(value)) return (cell) => isMissing(cell);
  if (typeof value === 'string') return (cell) => cell === value;
  const number = scalarNumber(value);
  if (number === undefined) fitted.unsupported('a missing_values that is neither number, text, NaN nor None');
  if (Number.isNaN(number)) return (cell) => isMissing(cell);
  return (cell) => (typeof cell === 'boolean' ? Number(cell) === number : cell === number);
}

/** 1 for each missing cell of a column. */
export function missingMask(column: Column, rows: number, isMissingCell: MissingTest): Uint8Array {
  const mask = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) if (isMissingCell(column.data[row])) mask[row] = 1;
  return mask;
}

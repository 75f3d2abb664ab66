import { type CellCodes, categoryCodes } from '../trees/category-codes.ts';
import type { ColumnCategories } from './category-container.ts';

/**
 * Codes of a column's categories; a value that is no category is refused, as the library does (`Recode` in XGBoost's
 * `src/encoder/ordinal.h`).
 */
export function xgboostCodes(column: ColumnCategories): CellCodes {
  const exact = categoryCodes(column.values, 'refused');
  const { mended } = column;
  if (mended === undefined) return exact;
  return {
    ofText(text, row, name) {
      const letters = [...text].length;
      // A start that is shorter than its category was cut off at the end of the file's text.
      const code = mended.findIndex(
        ({ start, letters: count }) => count === letters && start !== '' && text.startsWith(start),
      );
      return code >= 0 ? code : exact.ofText(text, row, name);
    },
    ofNumber: exact.ofNumber,
  };
}

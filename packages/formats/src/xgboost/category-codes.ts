import { invalidInput } from '@berth/inference';
import { type CellCodes, categoryCodes } from '../trees/category-codes.ts';
import type { XgboostBooster } from './booster.ts';
import type { ColumnCategories } from './category-container.ts';

/**
 * How each column of a booster takes its cells: by the categories that the file holds, or, where the column has categories that
 * the file does not hold, as codes alone. No entry for a booster of numbers.
 */
export function boosterCodes(
  { categories, featureTypes }: Pick<XgboostBooster, 'categories' | 'featureTypes'>,
  columns: number,
): { codes?: readonly (CellCodes | undefined)[] } {
  const isCoded = (column: number) => featureTypes?.[column] === 'c';
  if (categories === undefined && featureTypes?.includes('c') !== true) return {};
  const codes = Array.from({ length: columns }, (_, column) => {
    const own = categories?.[column];
    if (own !== undefined) return xgboostCodes(own);
    return isCoded(column) ? ONLY_CODES : undefined;
  });
  return { codes };
}

const ONLY_CODES: CellCodes = {
  ofText(text, row, column) {
    throw invalidInput(
      `row ${row}, column "${column}" holds the text ${JSON.stringify(text.slice(0, 60))}; the file does not hold the ` +
        "column's categories (XGBoost writes them from 3.1 on): send their codes, 0 for the first",
    );
  },
  ofNumber: (value) => value,
};

/**
 * Codes of a column's categories; a value that is no category is refused, as the library does (`Recode` in XGBoost's
 * `src/encoder/ordinal.h`).
 */
function xgboostCodes(column: ColumnCategories): CellCodes {
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

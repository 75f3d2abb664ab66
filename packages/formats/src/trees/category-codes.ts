import { invalidInput } from '@berth/inference';

/** Turns the values of one categorical column into the codes that its training table had. */
export interface CellCodes {
  /** The code of a text. @throws InferenceError INVALID_INPUT where unknown categories are refused. */
  ofText(text: string, row: number, column: string): number;
  /** The code of a number of a table by name; where the categories are texts, a number is taken for a code. */
  ofNumber(value: number, row: number, column: string): number;
}

/**
 * Codes by position in `categories`.
 * @param unknown what a value that is no category means: `missing` as pandas and LightGBM have it, `refused` as XGBoost.
 */
export function categoryCodes(
  categories: readonly (string | number | boolean | null)[],
  unknown: 'missing' | 'refused',
): CellCodes {
  const texts = new Map<string, number>();
  const numbers = new Map<number, number>();
  categories.forEach((category, code) => {
    if (typeof category === 'string') texts.set(category, code);
    else if (category !== null) numbers.set(Number(category), code);
  });
  const miss = (value: string | number, row: number, column: string): number => {
    if (unknown === 'missing' || Number.isNaN(value)) return NaN;
    const known = categories
      .slice(0, 20)
      .map((category) => JSON.stringify(category))
      .join(', ');
    const more = categories.length > 20 ? ', …' : '';
    throw invalidInput(
      `row ${row}, column "${column}" holds ${JSON.stringify(value)}, which is no category of the training data: ${known}${more}`,
    );
  };
  return {
    ofText: (text, row, column) => texts.get(text) ?? miss(text, row, column),
    ofNumber: (value, row, column) => (numbers.size === 0 ? value : (numbers.get(value) ?? miss(value, row, column))),
  };
}

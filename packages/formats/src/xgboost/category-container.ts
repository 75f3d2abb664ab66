import {
  arrayField,
  type DocumentObject,
  damaged,
  fieldOf,
  integersField,
  isObject,
  numbersField,
} from './document.ts';

/** Categories of each column in training order; undefined for a column that has none. */
export type CategoryContainer = readonly (ColumnCategories | undefined)[];

/** The categories of one column. */
export interface ColumnCategories {
  readonly values: readonly (string | number)[];
  /**
   * The texts as they were meant, where the file may have cut them wrongly: the library's reader of pandas categories
   * counts letters, but cuts bytes. Each is the start of a category and its number of letters.
   */
  readonly mended?: readonly { readonly start: string; readonly letters: number }[];
}

/**
 * Reads the `cats` object that XGBoost 3.1 and newer write when a model was trained on a data frame with categories
 * (`CatContainer::Save` in XGBoost's `src/data/cat_container.cc`): text as UTF-8 bytes with offsets, or numbers.
 * @throws LoadError CorruptModel that names the field.
 */
export function readCategoryContainer(cats: DocumentObject): CategoryContainer | undefined {
  const columns = arrayField(cats, 'enc', 'gradient_booster.model.cats');
  if (columns.length === 0) return undefined;
  return Array.from(columns as ArrayLike<unknown>, (_, index) => {
    const where = `gradient_booster.model.cats.enc[${index}]`;
    const column = columns[index];
    if (typeof column === 'number' || !isObject(column)) throw damaged(where, 'values', 'is missing');
    const values = numbersField(column, 'values', where);
    if (fieldOf(column, 'offsets') === undefined) return values.length === 0 ? undefined : { values: [...values] };
    return readTexts(values, integersField(column, 'offsets', where), where);
  });
}

function readTexts(values: Float64Array, offsets: Int32Array, where: string): ColumnCategories | undefined {
  const bytes = Uint8Array.from(values, (value) => value & 0xff);
  const texts: string[] = [];
  for (let i = 0; i + 1 < offsets.length; i++) {
    const [start, end] = [offsets[i], offsets[i + 1]];
    if (start < 0 || end < start || end > bytes.length)
      throw damaged(where, 'offsets', `has at ${i} ${start} to ${end}`);
    texts.push(new TextDecoder('utf-8').decode(bytes.subarray(start, end)));
  }
  if (texts.length === 0) return undefined;
  if (bytes.every((byte) => byte < 0x80)) return { values: texts };
  const letters = [...new TextDecoder('utf-8').decode(bytes)];
  const mended = texts.map((_, i) => ({
    start: letters.slice(offsets[i], offsets[i + 1]).join(''),
    letters: offsets[i + 1] - offsets[i],
  }));
  return { values: texts, mended };
}

import { LoadError } from '@berth/inference';
import type { ModelText } from './model-text.ts';

/** A value of a pandas category. */
export type Category = string | number | boolean | null;

/** Categories of each column of the model in the order of their codes; undefined for a column without. */
export type ColumnCategories = readonly (readonly Category[] | undefined)[];

/**
 * The lists of the last line, `pandas_categorical:[["a", "b"], [1, 2]]`, one for each data frame column of type category.
 * @throws LoadError CorruptModel where it is no list of lists.
 */
export function readPandasCategorical(text: string | undefined): readonly (readonly Category[])[] {
  if (text === undefined || text.trim() === '') return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replaceAll(/\bNaN\b/g, 'null'));
  } catch (error) {
    throw new LoadError('CorruptModel', 'the LightGBM model\'s line "pandas_categorical" is no JSON: the file is cut', {
      cause: error,
    });
  }
  if (parsed === null) return [];
  if (!Array.isArray(parsed) || !parsed.every(Array.isArray)) {
    throw new LoadError('CorruptModel', 'the LightGBM model\'s line "pandas_categorical" is no list of lists');
  }
  return parsed as Category[][];
}

/**
 * Which column each list belongs to: the file does not say, but lists come in column order. The columns are those that
 * the parameter `categorical_feature` names, else those whose `feature_infos` list codes instead of a range; where
 * neither has as many columns as there are lists, nothing is assigned.
 */
export function assignCategories(
  lists: readonly (readonly Category[])[],
  model: ModelText,
  numFeatures: number,
): ColumnCategories | undefined {
  if (lists.length === 0) return undefined;
  const named = (model.parameters.get('categorical_feature') ?? '').split(',').filter((part) => /^\d+$/.test(part));
  const infos = (model.header.get('feature_infos') ?? '').split(' ').filter((part) => part !== '');
  const candidates = [
    [...new Set(named.map(Number))].sort((a, b) => a - b),
    infos.flatMap((info, column) => (/^-?\d+(:-?\d+)*$/.test(info) ? [column] : [])),
    infos.flatMap((info, column) => (info.startsWith('[') ? [] : [column])),
  ];
  const columns = candidates.find((candidate) => candidate.length === lists.length);
  if (columns === undefined || columns.some((column) => column >= numFeatures)) return undefined;
  const out = new Array<readonly Category[] | undefined>(numFeatures).fill(undefined);
  for (let i = 0; i < lists.length; i++) out[columns[i]] = lists[i];
  return out;
}

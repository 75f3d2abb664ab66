import { invalidInput } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { arrayValues, Categories, isMissing, showCell, tableColumns } from '../categories.ts';
import type { Cell, Table } from '../estimator.ts';
import { versionAtLeast } from '../estimator-base.ts';
import type { Fitted } from '../fitted.ts';
import { sparseToDense } from '../numbers.ts';

/** What the encoders have in common: the categories of each column and how rare ones are grouped (since 1.1). */
export interface EncoderState {
  readonly categories: readonly Categories[];
  /** For each column the index after grouping of each category, where infrequent ones were grouped. */
  readonly grouping: readonly (Int32Array | undefined)[];
  /** For each column the categories that are infrequent, as indices before grouping. */
  readonly infrequent: readonly (Int32Array | undefined)[];
  readonly handleUnknown: string;
}

/** @throws LoadError CorruptModel when the categories are missing. */
export function readEncoder(fitted: Fitted, version: string | undefined): EncoderState {
  const categories = fitted.list('categories_').map((column) => {
    if (!(column instanceof NdArray)) fitted.corrupt('"categories_" is no list of arrays');
    return new Categories(arrayValues(column));
  });
  const handleUnknown = fitted.text('handle_unknown', 'error');
  const enabled = fitted.flag('_infrequent_enabled', false);
  const indexLists = (name: string): (Int32Array | undefined)[] =>
    categories.map((_, column) => {
      const value = enabled && fitted.has(name) ? fitted.list(name)[column] : null;
      return value === null || value === undefined ? undefined : Int32Array.from(fitted.toFloats(value, name));
    });
  const grouping = indexLists('_default_to_infrequent_mappings');
  const infrequent = indexLists('_infrequent_indices');
  categories.forEach(({ values }, column) => {
    const inRange = (code: number) => code >= 0 && code < values.length;
    const groups = grouping[column];
    // OrdinalEncoder groups all but the missing category, which stands last
    const groupable = values.filter((value) => !isMissing(value)).length;
    const fits = groups === undefined || groups.length === values.length || groups.length === groupable;
    if (!fits || groups?.every(inRange) === false) {
      fitted.corrupt(`the groups of column ${column} do not fit its categories`);
    }
    if (infrequent[column]?.every(inRange) === false) fitted.corrupt(`column ${column} groups an unknown category`);
  });
  return {
    categories,
    grouping,
    infrequent,
    // up to 1.7, "warn" did not put unknown categories into the infrequent group
    handleUnknown: handleUnknown === 'warn' && !versionAtLeast(version, 1, 8) ? 'ignore' : handleUnknown,
  };
}

/** The codes of one column; `known[row]` is 0 where a category was unknown and no group took it. */
export interface EncodedColumn {
  readonly codes: Int32Array;
  readonly known: Uint8Array;
}

/**
 * The codes of each column, after grouping, as `_BaseEncoder._transform` gives them.
 * @param ungrouped for each column the code of a category that stays out of the grouping (OrdinalEncoder's missing one).
 * @throws InferenceError INVALID_INPUT for an unknown category under handle_unknown="error".
 */
export function encodeColumns(
  table: Table,
  state: EncoderState,
  className: string,
  ungrouped: ReadonlyMap<number, number> = new Map(),
): readonly EncodedColumn[] {
  const columns = tableColumns(table.kind === 'sparse' ? sparseToDense(table) : table);
  if (columns.length !== state.categories.length) {
    throw invalidInput(
      `X has ${columns.length} features, but ${className} is expecting ${state.categories.length} features as input`,
    );
  }
  return columns.map((column, index) => {
    const found = lookUp(column.data, table.rows, state.categories[index]);
    if (state.handleUnknown === 'error') refuseUnknown(found, column.data, index, column.name);
    group(found, state, index, ungrouped.get(index));
    return found;
  });
}

function lookUp(cells: ArrayLike<Cell>, rows: number, categories: Categories): EncodedColumn {
  const codes = new Int32Array(rows);
  const known = new Uint8Array(rows).fill(1);
  for (let row = 0; row < rows; row++) {
    const code = categories.indexOf(cells[row]);
    if (code < 0) known[row] = 0;
    else codes[row] = code;
  }
  return { codes, known };
}

function refuseUnknown({ known }: EncodedColumn, cells: ArrayLike<Cell>, index: number, name: string): void {
  const row = known.indexOf(0);
  if (row < 0) return;
  const where = name === String(index) ? `column ${index}` : `column ${index} ("${name}")`;
  throw invalidInput(`Found unknown categories [${showCell(cells[row])}] in ${where}, row ${row}, during transform`);
}

function group({ codes, known }: EncodedColumn, state: EncoderState, column: number, kept: number | undefined): void {
  const infrequent = state.infrequent[column];
  if (infrequent !== undefined && infrequent.length > 0) {
    for (let row = 0; row < codes.length; row++) {
      if (known[row] !== 0) continue;
      codes[row] = infrequent[0];
      if (state.handleUnknown === 'infrequent_if_exist' || state.handleUnknown === 'warn') known[row] = 1;
    }
  }
  const grouping = state.grouping[column];
  if (grouping === undefined) return;
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] !== kept && codes[row] < grouping.length) codes[row] = grouping[codes[row]];
  }
}

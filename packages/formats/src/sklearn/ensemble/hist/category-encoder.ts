import { NdArray } from '../../../numpy/ndarray.ts';
import { PyObject, PyTuple, type PyValue } from '../../../pickle/values.ts';
import type { Attributes } from '../../attributes.ts';
import { arrayValues, Categories, isMissing, tableColumns } from '../../categories.ts';
import type { Cell, Column, Table } from '../../estimator.ts';
import { asList } from '../../renamed.ts';

/** Columns as the trees look at them: encoded categorical ones first, then the numeric ones. */
export interface CategoryEncoder {
  transform(x: Exclude<Table, { kind: 'sparse' }>): Table;
}

/**
 * Reads `_preprocessor` (scikit-learn 1.4 and newer): a ColumnTransformer of an OrdinalEncoder over the categorical columns
 * and a pass-through of the others. What the encoder does not know, and what is missing, becomes NaN.
 * @throws LoadError where it is something else.
 */
export function readCategoryEncoder(value: PyValue, attributes: Attributes): CategoryEncoder {
  const steps = value instanceof PyObject ? asList(value.get('transformers_')) : undefined;
  const encoder = step(steps, 'encoder');
  const mask = encoder?.items[2];
  const categories = encoder?.items[1] instanceof PyObject ? asList(encoder.items[1].get('categories_')) : undefined;
  if (!(mask instanceof NdArray) || categories === undefined) {
    throw attributes.corrupt('_preprocessor', 'is not the column transformer that fit makes');
  }
  const isCategorical = Array.from(mask.toFloat64(), (flag) => flag !== 0);
  const encoded = isCategorical.flatMap((flag, index) => (flag ? [index] : []));
  const numeric = isCategorical.flatMap((flag, index) => (flag ? [] : [index]));
  if (encoded.length !== categories.length)
    throw attributes.corrupt('_preprocessor', 'knows another number of columns');
  const known = categories.map((list) => readCategories(list, attributes));
  return { transform: (x) => reorder(x, encoded, numeric, known) };
}

function step(steps: readonly PyValue[] | undefined, name: string): PyTuple | undefined {
  return steps?.find((item): item is PyTuple => item instanceof PyTuple && item.items[0] === name);
}

function readCategories(list: PyValue, attributes: Attributes): Categories {
  if (!(list instanceof NdArray)) throw attributes.corrupt('_preprocessor', 'has no categories');
  return new Categories(arrayValues(list));
}

function reorder(
  x: Exclude<Table, { kind: 'sparse' }>,
  encoded: readonly number[],
  numeric: readonly number[],
  known: readonly Categories[],
): Table {
  const own = tableColumns(x);
  const columns = [
    ...encoded.map((index, k): Column => {
      const data = Float64Array.from(own[index].data as ArrayLike<Cell>, (cell) => codeOf(cell, known[k]));
      return { kind: 'number', name: own[index].name, data, dtype: 'float64' };
    }),
    ...numeric.map((index) => own[index]),
  ];
  return { kind: 'frame', rows: x.rows, columns, named: false };
}

function codeOf(cell: Cell, known: Categories): number {
  if (isMissing(cell)) return Number.NaN;
  const code = known.indexOf(cell);
  return code < 0 ? Number.NaN : code;
}

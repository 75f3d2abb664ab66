import { NdArray } from '../../../numpy/ndarray.ts';
import { PyObject, PyTuple, type PyValue } from '../../../pickle/values.ts';
import type { Attributes } from '../../attributes.ts';
import type { Column, Matrix, Table } from '../../estimator.ts';
import { asList } from '../../renamed.ts';

/** Columns as the trees look at them: encoded categorical ones first, then the numeric ones. */
export interface CategoryEncoder {
  transform(x: Table): Table;
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
  const codes = categories.map((list) => readCodes(list, attributes));
  return { transform: (x) => reorder(x, encoded, numeric, codes) };
}

function step(steps: readonly PyValue[] | undefined, name: string): PyTuple | undefined {
  return steps?.find((item): item is PyTuple => item instanceof PyTuple && item.items[0] === name);
}

type Codes = ReadonlyMap<string | number | boolean, number>;

function readCodes(list: PyValue, attributes: Attributes): Codes {
  if (!(list instanceof NdArray)) throw attributes.corrupt('_preprocessor', 'has no categories');
  const codes = new Map<string | number | boolean, number>();
  for (let i = 0; i < list.data.length; i++) {
    const item = list.data[i];
    if (typeof item === 'bigint') codes.set(Number(item), i);
    else if (typeof item === 'boolean') codes.set(Number(item), i);
    else if (typeof item === 'string' || (typeof item === 'number' && !Number.isNaN(item))) codes.set(item, i);
  }
  return codes;
}

function reorder(x: Table, encoded: readonly number[], numeric: readonly number[], codes: readonly Codes[]): Table {
  const columns = [
    ...encoded.map((index, k): Column => {
      const data = new Float64Array(x.rows);
      for (let row = 0; row < x.rows; row++) data[row] = lookUp(cell(x, row, index), codes[k]);
      return { kind: 'number', name: String(index), data, dtype: 'float64' };
    }),
    ...numeric.map((index) => columnOf(x, index)),
  ];
  return { kind: 'frame', rows: x.rows, columns, named: false };
}

function lookUp(value: string | number | boolean | null, codes: Codes): number {
  if (value === null) return NaN;
  return codes.get(typeof value === 'boolean' ? Number(value) : value) ?? NaN;
}

function cell(x: Table, row: number, col: number): string | number | boolean | null {
  if (x.kind === 'frame') return x.columns[col].data[row];
  return dense(x).data[row * x.cols + col];
}

function columnOf(x: Table, index: number): Column {
  if (x.kind === 'frame') return x.columns[index];
  const data = new Float64Array(x.rows);
  const matrix = dense(x);
  for (let row = 0; row < x.rows; row++) data[row] = matrix.data[row * matrix.cols + index];
  return { kind: 'number', name: String(index), data, dtype: matrix.dtype };
}

function dense(x: Table): Matrix {
  if (x.kind !== 'matrix') throw new TypeError('HistGradientBoosting takes no sparse matrix');
  return x;
}

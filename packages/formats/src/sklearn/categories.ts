import type { NdArray } from '../numpy/ndarray.ts';
import { PyGlobal, PyObject, type PyValue } from '../pickle/values.ts';
import type { Cell, Column, Matrix, Table } from './estimator.ts';

/** The known categories of one column, looked up by cell as Python compares: 1, 1.0 and True are one key, "1" is another. */
export class Categories {
  readonly values: readonly PyValue[];
  private readonly byKey = new Map<string | number, number>();
  private readonly missing: number;

  constructor(values: readonly PyValue[]) {
    this.values = values;
    let nan = -1;
    let none = -1;
    values.forEach((value, index) => {
      if (isMissing(value)) {
        if (value === null) none = index;
        else nan = index;
      } else if (!this.byKey.has(keyOf(value))) this.byKey.set(keyOf(value), index);
    });
    // a request has one null for both; NaN is what pandas makes of it
    this.missing = nan >= 0 ? nan : none;
  }

  /** The index of the category, or -1. */
  indexOf(cell: Cell): number {
    if (isMissing(cell)) return this.missing;
    return this.byKey.get(keyOf(cell)) ?? -1;
  }
}

function keyOf(value: PyValue): string | number {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : '\0no category';
}

/** None, NaN and pandas' NA. */
export function isMissing(value: PyValue | undefined): boolean {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return true;
  if (value instanceof PyObject) return /^NA(Type)?$/.test(value.type.name);
  return value instanceof PyGlobal && value.name === 'NA';
}

/** The values of a 1-d array of any dtype. */
export function arrayValues(array: NdArray): readonly PyValue[] {
  const values = Array.from(array.data as ArrayLike<PyValue>);
  return array.dtype.kind === 'b' ? values.map((value) => value === 1 || value === true) : values;
}

/** The columns of any table, for estimators that look at each alone. A sparse table has to be made dense before. */
export function tableColumns(x: Exclude<Table, { kind: 'sparse' }>): readonly Column[] {
  if (x.kind === 'frame') return x.columns;
  return Array.from({ length: x.cols }, (_, col) => matrixColumn(x, col));
}

function matrixColumn(x: Matrix, col: number): Column {
  const data = new Float64Array(x.rows);
  for (let row = 0; row < x.rows; row++) data[row] = x.data[row * x.cols + col];
  return { kind: 'number', name: x.names?.[col] ?? String(col), data, dtype: x.dtype };
}

/** A cell as Python would print it in a message. */
export function showCell(cell: Cell): string {
  if (cell === null) return 'nan';
  if (typeof cell === 'string') return `'${cell.slice(0, 60)}'`;
  return typeof cell === 'boolean' ? (cell ? 'True' : 'False') : String(cell);
}

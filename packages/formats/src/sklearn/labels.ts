import { LoadError } from '@berth/inference';
import { NdArray, type NdData } from '../numpy/ndarray.ts';
import type { PyValue } from '../pickle/values.ts';

/**
 * `classes_` as one array per output.
 * @throws LoadError CorruptModel where it is no array of one dimension, nor a list of such.
 */
export function readClasses(value: PyValue | undefined, className: string): NdArray[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((classes) => {
    if (!(classes instanceof NdArray) || classes.shape.length !== 1 || classes.size < 1) {
      throw new LoadError(
        'CorruptModel',
        `${className}.classes_ is no list of labels; was it fitted before it was saved?`,
      );
    }
    return classes;
  });
}

/** Joins the labels or values of several outputs, each `[rows]`, to `[rows, outputs]`; one output stays `[rows]`. */
export function stackOutputs(columns: readonly NdArray[], rows: number): NdArray {
  const [first] = columns;
  if (columns.length === 1) return first;
  const width = columns.length;
  const out: NdData = Array.isArray(first.data)
    ? new Array<PyValue>(rows * width)
    : new (first.data.constructor as new (length: number) => Exclude<NdData, unknown[]>)(rows * width);
  for (const [k, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) out[row * width + k] = column.data[row] as never;
  }
  const widest = columns.reduce((best, column) => (column.dtype.itemSize > best.dtype.itemSize ? column : best));
  return new NdArray(widest.dtype, [rows, width], out);
}

import { LoadError } from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import { type PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import type { SparseMatrix } from './estimator.ts';

/** Rows that a matrix may claim where no array of the file has to be as long. */
const MAX_ROWS = 2 ** 25;

/**
 * Reads a pickled scipy.sparse matrix or array (csr, csc, coo, dia) as compressed rows; undefined when it is none.
 * @throws LoadError CorruptModel when its parts do not fit together.
 */
export function readSparse(object: PyObject): SparseMatrix | undefined {
  const format = /^(csr|csc|coo|dia)_(matrix|array)$/.exec(object.type.name)?.[1];
  if (format === undefined || !object.type.module.startsWith('scipy.sparse')) return undefined;
  const shape = object.get('_shape') ?? object.get('shape');
  const data = object.get('data');
  const dims = shape instanceof PyTuple ? shape.items : Array.isArray(shape) ? shape : [];
  const [rows, cols] = dims.map((dim) => Number(dim));
  if (dims.length !== 2 || !(data instanceof NdArray) || !isSize(rows) || !isSize(cols)) {
    throw new LoadError('CorruptModel', `a ${object.type.name} lacks its shape or data`);
  }
  if (format !== 'csr' && rows > MAX_ROWS)
    throw new LoadError('LimitExceeded', `a ${object.type.name} has ${rows} rows`);
  const values = data.toFloat64();
  if (format === 'dia') return fromDia(rows, cols, values, data, ints(object.get('offsets'), 'offsets'));
  if (format === 'coo') {
    const coords = object.get('coords');
    const [row, col] = coords instanceof PyTuple ? coords.items : [object.get('row'), object.get('col')];
    return fromTriples(rows, cols, ints(row, 'row'), ints(col, 'col'), values);
  }
  const indptr = ints(object.get('indptr'), 'indptr');
  const indices = ints(object.get('indices'), 'indices');
  const [major, minor] = format === 'csr' ? [rows, cols] : [cols, rows];
  checkPointers(indptr, indices, values.length, major, minor);
  if (format === 'csr') return { kind: 'sparse', rows, cols, indptr, indices, data: values, dtype: 'float64' };
  const majors = new Int32Array(indptr[cols]);
  for (let col = 0; col < cols; col++) majors.fill(col, indptr[col], indptr[col + 1]);
  return fromTriples(rows, cols, indices, majors, values);
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

function ints(value: PyValue | undefined, name: string): Int32Array {
  if (!(value instanceof NdArray)) throw new LoadError('CorruptModel', `a sparse matrix lacks "${name}"`);
  try {
    return value.toInt32();
  } catch (cause) {
    throw new LoadError('CorruptModel', `a sparse matrix has no whole numbers in "${name}"`, { cause });
  }
}

function checkPointers(indptr: Int32Array, indices: Int32Array, stored: number, major: number, minor: number): void {
  const bad = (why: string) => new LoadError('CorruptModel', `a sparse matrix is damaged: ${why}`);
  if (indptr.length !== major + 1 || indptr[0] !== 0) throw bad('its row pointers do not fit its shape');
  for (let i = 0; i < major; i++) if (indptr[i + 1] < indptr[i]) throw bad('its row pointers go back');
  if (indptr[major] > indices.length || indptr[major] > stored) throw bad('it has fewer elements than it says');
  for (let i = 0; i < indptr[major]; i++) {
    if (indices[i] < 0 || indices[i] >= minor) throw bad(`index ${indices[i]} is outside of its shape`);
  }
}

/** Rows from (row, column, value) triples in any order; the order within a row is the order given. */
export function fromTriples(
  rows: number,
  cols: number,
  row: ArrayLike<number>,
  col: ArrayLike<number>,
  values: Float64Array,
): SparseMatrix {
  if (row.length !== col.length || values.length < row.length) {
    throw new LoadError('CorruptModel', 'a sparse matrix has index arrays of different lengths');
  }
  const indptr = new Int32Array(rows + 1);
  for (let i = 0; i < row.length; i++) {
    if (row[i] < 0 || row[i] >= rows || col[i] < 0 || col[i] >= cols) {
      throw new LoadError('CorruptModel', 'a sparse matrix has an index outside of its shape');
    }
    indptr[row[i] + 1]++;
  }
  for (let i = 0; i < rows; i++) indptr[i + 1] += indptr[i];
  const next = indptr.slice();
  const indices = new Int32Array(row.length);
  const data = new Float64Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const at = next[row[i]]++;
    indices[at] = col[i];
    data[at] = values[i];
  }
  return { kind: 'sparse', rows, cols, indptr, indices, data, dtype: 'float64' };
}

function fromDia(rows: number, cols: number, values: Float64Array, shape: NdArray, offsets: Int32Array): SparseMatrix {
  const width = shape.shape[1] ?? 0;
  const row: number[] = [];
  const col: number[] = [];
  const kept: number[] = [];
  for (let diagonal = 0; diagonal < offsets.length; diagonal++) {
    for (let j = 0; j < Math.min(width, cols); j++) {
      const i = j - offsets[diagonal];
      if (i < 0 || i >= rows || values[diagonal * width + j] === 0) continue;
      row.push(i);
      col.push(j);
      kept.push(values[diagonal * width + j]);
    }
  }
  return fromTriples(rows, cols, row, col, Float64Array.from(kept));
}

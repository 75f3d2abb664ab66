import { invalidInput } from '@berth/inference';
import type { Cell, Frame, Matrix, SparseMatrix, Table } from './estimator.ts';

/** What an estimator accepts, as scikit-learn's `check_array` has it. */
export interface DenseOptions {
  /** `force_all_finite='allow-nan'`. */
  readonly allowNaN?: boolean;
  /** No check at all (`force_all_finite=False`). */
  readonly allowInfinite?: boolean;
}

/**
 * The table as numbers, checked as `check_array` does: NaN and infinity are refused unless allowed.
 * @param who the class name, for the error.
 * @throws InferenceError INVALID_INPUT that names row and column.
 */
export function toDense(x: Table, who: string, options: DenseOptions = {}): Matrix {
  const dense = x.kind === 'matrix' ? x : x.kind === 'sparse' ? densify(x) : frameToMatrix(x, who);
  if (options.allowInfinite !== true) checkFinite(dense.data, dense.cols, who, options.allowNaN === true, dense.names);
  return dense;
}

/** The same check for whatever a table holds; sparse data has no column to name that people would know. */
export function checkFinite(
  data: Float64Array,
  cols: number,
  who: string,
  allowNaN: boolean,
  names?: readonly string[],
): void {
  // A sum is finite only if every term is (or two infinities meet, which gives NaN): one cheap pass for honest input.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  if (sum - sum === 0) return;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value - value === 0 || (allowNaN && Number.isNaN(value))) continue;
    const column = cols > 0 ? i % cols : 0;
    const name = names === undefined ? '' : ` ("${names[column]}")`;
    const where = `row ${cols > 0 ? Math.floor(i / cols) : i}, column ${column}${name}`;
    throw invalidInput(
      Number.isNaN(value)
        ? `Input X contains NaN (null) at ${where}; ${who} does not accept missing values`
        : `Input X contains infinity or a value too large for dtype float64 at ${where}`,
    );
  }
}

/** A dense copy of a sparse matrix. */
export function densify(x: SparseMatrix): Matrix {
  const data = new Float64Array(x.rows * x.cols);
  for (let row = 0; row < x.rows; row++) {
    for (let k = x.indptr[row]; k < x.indptr[row + 1]; k++) data[row * x.cols + x.indices[k]] += x.data[k];
  }
  return { kind: 'matrix', rows: x.rows, cols: x.cols, data, dtype: x.dtype };
}

/**
 * A frame as one matrix; text cells are read as numbers, as `numpy.asarray(…, dtype=float64)` does of objects. An array of
 * strings is refused whatever they say ("dtype='numeric' is not compatible with arrays of bytes/strings").
 */
export function frameToMatrix(frame: Frame, who: string): Matrix {
  const { rows, columns } = frame;
  const cols = columns.length;
  const data = new Float64Array(rows * cols);
  let dtype: Matrix['dtype'] | undefined;
  for (let j = 0; j < cols; j++) {
    const column = columns[j];
    const own = column.kind === 'number' ? column.dtype : 'float64';
    dtype = dtype === undefined ? own : commonDtype(dtype, own);
    if (column.kind === 'number') for (let i = 0; i < rows; i++) data[i * cols + j] = column.data[i];
    else
      for (let i = 0; i < rows; i++)
        data[i * cols + j] = cellToNumber(
          column.data[i],
          i,
          frame.named ? JSON.stringify(column.name) : column.name,
          who,
          frame.strings === true,
        );
  }
  return {
    kind: 'matrix',
    rows,
    cols,
    data,
    dtype: dtype ?? 'float64',
    ...(frame.named ? { names: columns.map((column) => column.name) } : {}),
  };
}

/** `numpy.result_type` for the dtypes that a table has. */
export function commonDtype(a: Matrix['dtype'], b: Matrix['dtype']): Matrix['dtype'] {
  if (a === b) return a;
  if (a === 'float64' || b === 'float64') return 'float64';
  if (a === 'bool') return b;
  if (b === 'bool') return a;
  return 'float64'; // int64 with float32
}

function cellToNumber(cell: Cell, row: number, name: string, who: string, strings: boolean): number {
  if (typeof cell === 'number') return cell;
  if (cell === null) return Number.NaN;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  const text = cell.trim().toLowerCase();
  const number = Number(text);
  const isNumber = text !== '' && !Number.isNaN(number) && !/^[+-]?0[xob]/.test(text);
  if (isNumber && !strings) return number;
  if (!strings && /^[+-]?nan$/.test(text)) return Number.NaN;
  if (!strings && /^[+-]?inf(inity)?$/.test(text)) return text[0] === '-' ? -Infinity : Infinity;
  const advice = isNumber ? `; write ${text.slice(0, 40)} without quotes` : '';
  throw invalidInput(
    `${who} needs numbers: row ${row}, column ${name} holds the text ${JSON.stringify(cell.slice(0, 40))}${advice}`,
  );
}

/** A float64 matrix. */
export function matrix(rows: number, cols: number, data: Float64Array, dtype: Matrix['dtype'] = 'float64'): Matrix {
  return { kind: 'matrix', rows, cols, data, dtype };
}

/** Number of columns of any table. */
export function columnCount(x: Table): number {
  return x.kind === 'frame' ? x.columns.length : x.cols;
}

/** @throws InferenceError INVALID_INPUT where a table has not the columns that were there in training. */
export function checkWidth(x: Table, features: number, who: string): void {
  const width = columnCount(x);
  if (width !== features)
    throw invalidInput(`X has ${width} features, but ${who} is expecting ${features} features as input`);
}

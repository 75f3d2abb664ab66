import { commonDtype, densify, frameToMatrix } from '../dense.ts';
import type { Column, Matrix, SparseMatrix, Table } from '../estimator.ts';

/** Puts tables side by side: sparse, or dense numbers, or a frame where one holds text (`numpy.hstack`, `scipy.sparse.hstack`). */
export function stackColumns(parts: readonly Table[], rows: number, sparse: boolean): Table {
  if (sparse) return stackSparse(parts, rows);
  if (parts.length === 1) return parts[0].kind === 'sparse' ? densify(parts[0]) : parts[0];
  if (parts.some((part) => part.kind === 'frame' && part.columns.some((column) => column.kind === 'object'))) {
    return stackFrames(parts, rows);
  }
  return stackDense(
    parts.map((part) => toMatrix(part)),
    rows,
  );
}

function toMatrix(part: Table): Matrix {
  return part.kind === 'matrix'
    ? part
    : part.kind === 'sparse'
      ? densify(part)
      : frameToMatrix(part, 'ColumnTransformer');
}

function stackDense(parts: readonly Matrix[], rows: number): Matrix {
  let cols = 0;
  let dtype: Matrix['dtype'] | undefined;
  for (const part of parts) {
    cols += part.cols;
    dtype = dtype === undefined ? part.dtype : commonDtype(dtype, part.dtype);
  }
  const data = new Float64Array(rows * cols);
  let offset = 0;
  for (const part of parts) {
    for (let i = 0; i < rows; i++) {
      const from = i * part.cols;
      const to = i * cols + offset;
      for (let j = 0; j < part.cols; j++) data[to + j] = part.data[from + j];
    }
    offset += part.cols;
  }
  return { kind: 'matrix', rows, cols, data, dtype: dtype ?? 'float64' };
}

function stackFrames(parts: readonly Table[], rows: number): Table {
  const columns: Column[] = [];
  for (const part of parts) {
    if (part.kind === 'frame') {
      for (const column of part.columns) columns.push({ ...column, name: String(columns.length) });
      continue;
    }
    const dense = toMatrix(part);
    for (let j = 0; j < dense.cols; j++) {
      const data = new Float64Array(rows);
      for (let i = 0; i < rows; i++) data[i] = dense.data[i * dense.cols + j];
      columns.push({ kind: 'number', name: String(columns.length), data, dtype: dense.dtype });
    }
  }
  return { kind: 'frame', rows, columns, named: false };
}

function stackSparse(parts: readonly Table[], rows: number): SparseMatrix {
  let cols = 0;
  let count = 0;
  let dtype: Matrix['dtype'] | undefined;
  const inputs = parts.map((part) => (part.kind === 'sparse' ? part : toMatrix(part)));
  for (const part of inputs) {
    cols += part.cols;
    dtype = dtype === undefined ? part.dtype : commonDtype(dtype, part.dtype);
    count += part.kind === 'sparse' ? part.indptr[rows] : part.data.length;
  }
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(count);
  const data = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    let offset = 0;
    for (const part of inputs) {
      if (part.kind === 'sparse') {
        for (let k = part.indptr[i]; k < part.indptr[i + 1]; k++) {
          indices[at] = part.indices[k] + offset;
          data[at++] = part.data[k];
        }
      } else {
        for (let j = 0; j < part.cols; j++) {
          const value = part.data[i * part.cols + j];
          if (value === 0) continue;
          indices[at] = j + offset;
          data[at++] = value;
        }
      }
      offset += part.cols;
    }
    indptr[i + 1] = at;
  }
  return {
    kind: 'sparse',
    rows,
    cols,
    indptr,
    indices: indices.subarray(0, at),
    data: data.subarray(0, at),
    dtype: dtype ?? 'float64',
  };
}

/** The table with every number multiplied (`transformer_weights`). */
export function scaleTable(table: Table, weight: number): Table {
  if (table.kind === 'frame') return scaleTable(frameToMatrix(table, 'transformer_weights'), weight);
  const data = new Float64Array(table.data.length);
  for (let i = 0; i < data.length; i++) data[i] = table.data[i] * weight;
  return { ...table, data, dtype: table.dtype === 'float32' ? 'float32' : 'float64' };
}

import type { Matrix, SparseMatrix, Table } from '../estimator.ts';

/** The columns at `indices`, in that order. */
export function selectColumns(x: Table, indices: ArrayLike<number>): Table {
  const cols = indices.length;
  if (x.kind === 'frame') return { ...x, columns: Array.from(indices, (index) => x.columns[index]) };
  if (x.kind === 'sparse') return selectSparse(x, indices);
  const data = new Float64Array(x.rows * cols);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < cols; j++) data[i * cols + j] = x.data[i * x.cols + indices[j]];
  }
  const out: Matrix = { kind: 'matrix', rows: x.rows, cols, data, dtype: x.dtype };
  return x.names === undefined ? out : { ...out, names: Array.from(indices, (index) => (x.names as string[])[index]) };
}

function selectSparse(x: SparseMatrix, selected: ArrayLike<number>): SparseMatrix {
  const targets: number[][] = Array.from({ length: x.cols }, () => []);
  for (let j = 0; j < selected.length; j++) targets[selected[j]].push(j);
  const indptr = new Int32Array(x.rows + 1);
  const entries: { column: number; value: number }[] = [];
  const indices: number[] = [];
  const data: number[] = [];
  for (let i = 0; i < x.rows; i++) {
    entries.length = 0;
    for (let k = x.indptr[i]; k < x.indptr[i + 1]; k++) {
      for (const column of targets[x.indices[k]]) entries.push({ column, value: x.data[k] });
    }
    entries.sort((a, b) => a.column - b.column);
    for (const { column, value } of entries) {
      indices.push(column);
      data.push(value);
    }
    indptr[i + 1] = indices.length;
  }
  return {
    kind: 'sparse',
    rows: x.rows,
    cols: selected.length,
    indptr,
    indices: Int32Array.from(indices),
    data: Float64Array.from(data),
    dtype: x.dtype,
  };
}

/** The columns' names, where the table has any. */
export function columnNames(x: Table): readonly string[] | undefined {
  if (x.kind === 'matrix') return x.names;
  return x.kind === 'frame' && x.named ? x.columns.map((column) => column.name) : undefined;
}

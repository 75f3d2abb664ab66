import type { SparseMatrix } from '../estimator.ts';

/** Builds sparse rows from sums by column; columns come out in order. */
export class SparseRows {
  private readonly indptr: number[] = [0];
  private readonly indices: number[] = [];
  private readonly data: number[] = [];

  add(row: ReadonlyMap<number, number>): void {
    for (const column of [...row.keys()].sort((a, b) => a - b)) {
      this.indices.push(column);
      this.data.push(row.get(column) ?? 0);
    }
    this.indptr.push(this.indices.length);
  }

  build(cols: number, dtype: SparseMatrix['dtype']): SparseMatrix {
    return {
      kind: 'sparse',
      rows: this.indptr.length - 1,
      cols,
      indptr: Int32Array.from(this.indptr),
      indices: Int32Array.from(this.indices),
      data: Float64Array.from(this.data),
      dtype,
    };
  }
}

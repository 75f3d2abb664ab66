import { ZERO_THRESHOLD } from './zero-threshold.ts';

/**
 * Models trained with `zero_as_missing` treat zero as missing in some columns. Each such column gets a twin behind the
 * model's own, in which zeros are NaN, so that the trees need to know of one kind of missing only.
 */
export class ZeroColumns {
  readonly #numFeatures: number;
  readonly #twins = new Map<number, number>();

  constructor(numFeatures: number) {
    this.#numFeatures = numFeatures;
  }

  /** Columns of the widened table. */
  get width(): number {
    return this.#numFeatures + this.#twins.size;
  }

  /** The twin of one of the model's columns. */
  of(column: number): number {
    const twin = this.#twins.get(column) ?? this.width;
    this.#twins.set(column, twin);
    return twin;
  }

  /** The table with its twins; the table itself where there are none. */
  widen(rows: Float64Array, nRows: number): Float64Array {
    if (this.#twins.size === 0) return rows;
    const { width } = this;
    const wide = new Float64Array(nRows * width);
    for (let row = 0; row < nRows; row++) {
      wide.set(rows.subarray(row * this.#numFeatures, (row + 1) * this.#numFeatures), row * width);
      for (const [column, twin] of this.#twins) {
        const cell = wide[row * width + column];
        wide[row * width + twin] = Math.abs(cell) <= ZERO_THRESHOLD ? NaN : cell;
      }
    }
    return wide;
  }
}

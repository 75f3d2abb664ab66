import type { ForestLayout } from '../forest.ts';

/**
 * The cells of a row as the kernels read them: one slot for each column and way of missing cells that the trees use. A
 * missing cell is -Infinity in a slot whose splits send it left and +Infinity in one whose splits send it right, so that
 * a comparison is all a kernel does.
 */
export class Slots {
  readonly columns: Int32Array;
  /** What a missing cell becomes, by slot. */
  readonly missing: Float64Array;
  /** Slot of each node of the forest; 0 for leaves, whose cell does not matter. */
  readonly ofNode: Int32Array;

  constructor(layout: ForestLayout) {
    const { child, feature, missingLeft } = layout;
    const slots = new Map<number, number>();
    this.ofNode = new Int32Array(child.length);
    for (let node = 0; node < child.length; node++) {
      if (child[node] < 0) continue;
      const key = feature[node] * 2 + missingLeft[node];
      const slot = slots.get(key) ?? slots.size;
      slots.set(key, slot);
      this.ofNode[node] = slot;
    }
    const keys = slots.size === 0 ? [0] : [...slots.keys()];
    this.columns = Int32Array.from(keys, (key) => key >> 1);
    this.missing = Float64Array.from(keys, (key) => (key & 1 ? -Infinity : Infinity));
  }

  /** Number of slots, at least 1. */
  get count(): number {
    return this.columns.length;
  }

  /** Copies the rows from `begin` to `end` to the start of `out`. */
  fill(
    out: Float32Array | Float64Array,
    rows: Float32Array | Float64Array,
    nCols: number,
    begin: number,
    end: number,
  ): void {
    const { columns, missing } = this;
    let at = 0;
    for (let row = begin; row < end; row++) {
      const base = row * nCols;
      for (let slot = 0; slot < columns.length; slot++) {
        const cell = rows[base + columns[slot]];
        out[at++] = Number.isNaN(cell) ? missing[slot] : cell;
      }
    }
  }
}

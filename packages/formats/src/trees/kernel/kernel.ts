import type { ForestLayout } from '../forest.ts';
import { F32, F64 } from './assembler.ts';
import { type KernelKind, kernelModule, LANES } from './code.ts';
import { linkedBytes, paddedBytes, writeLinked, writePadded } from './nodes.ts';
import { Slots } from './slots.ts';
import { allocateMemory, instantiate } from './web-assembly.ts';

/** Rows that walk through all trees together. */
const BLOCK_ROWS = 64;
/** Fewer rows than this are faster one by one. */
const FEW_ROWS = 5;
/** Complete trees are written up to this depth, and while they are not too much larger than the trees themselves. */
const MAX_PADDED_DEPTH = 9;
const MAX_PADDING = 6;
/** Addresses are added in pairs, so they stay below half of 32 bits. */
const MAX_BYTES = 2 ** 30;
const MAX_SLOTS = 65536;

interface Exports {
  many(
    trees: number,
    end: number,
    rows: number,
    rowsEnd: number,
    rowBytes: number,
    out: number,
    outBytes: number,
  ): void;
  one(trees: number, end: number, row: number, out: number): void;
}

/** A forest in WebAssembly memory. */
export class Kernel {
  readonly #exports: Exports;
  readonly #slots: Slots;
  readonly #trees: number;
  readonly #groups: number;
  readonly #rows: Float32Array | Float64Array;
  readonly #sums: Float32Array | Float64Array;
  readonly #rowBytes: number;
  readonly #outBytes: number;

  private constructor(layout: ForestLayout, groups: number, slots: Slots, kind: KernelKind, depth: number) {
    const trees = Math.max(LANES, Math.ceil(layout.roots.length / LANES) * LANES);
    const cellBytes = kind.shape === 'padded' ? 4 : 8;
    const sumBytes = kind.sum === F32 ? 4 : 8;
    const nodeBytes = kind.shape === 'padded' ? paddedBytes(trees, depth) : linkedBytes(trees, layout.child.length);
    const rowsAt = (nodeBytes + 15) & ~15;
    const sumsAt = rowsAt + ((BLOCK_ROWS * slots.count * cellBytes + 15) & ~15);
    const bytes = sumsAt + BLOCK_ROWS * groups * sumBytes;
    const memory = allocateMemory(bytes);
    const view = new DataView(memory.buffer);
    if (kind.shape === 'padded') writePadded(view, layout, slots, trees, depth, sumBytes);
    else writeLinked(view, layout, slots, trees, sumBytes);
    this.#exports = instantiate(kernelModule(kind, depth), memory) as Exports;
    this.#slots = slots;
    this.#trees = layout.roots.length;
    this.#groups = groups;
    const cells = BLOCK_ROWS * slots.count;
    this.#rows =
      cellBytes === 4 ? new Float32Array(memory.buffer, rowsAt, cells) : new Float64Array(memory.buffer, rowsAt, cells);
    const sums = BLOCK_ROWS * groups;
    this.#sums =
      sumBytes === 4 ? new Float32Array(memory.buffer, sumsAt, sums) : new Float64Array(memory.buffer, sumsAt, sums);
    this.#rowBytes = slots.count * cellBytes;
    this.#outBytes = groups * sumBytes;
  }

  /**
   * A kernel whose sums have the precision of `sum`; undefined for forests that only the JavaScript evaluator can do:
   * with categories, leaves of several outputs, infinite thresholds, out of all proportion, or when no memory is to be had.
   */
  static of(layout: ForestLayout, groups: number, sum: 'float32' | 'float64'): Kernel | undefined {
    if (layout.categorySet !== undefined || layout.leafSize !== 1 || layout.roots.length === 0) return undefined;
    if (layout.threshold.some((limit, node) => layout.child[node] >= 0 && limit === Infinity)) return undefined;
    const slots = new Slots(layout);
    const trees = layout.roots.length + LANES;
    const depth = layout.depths.reduce((deepest, one) => Math.max(deepest, one), 0);
    const linked = linkedBytes(trees, layout.child.length);
    const fits = linked + BLOCK_ROWS * (slots.count + groups) * 8 < MAX_BYTES && slots.count <= MAX_SLOTS;
    if (!fits) return undefined;
    const padded = sum === 'float32' && depth <= MAX_PADDED_DEPTH && paddedBytes(trees, depth) <= linked * MAX_PADDING;
    const kind: KernelKind = { shape: padded ? 'padded' : 'linked', sum: sum === 'float32' ? F32 : F64 };
    try {
      return new Kernel(layout, groups, slots, kind, padded ? depth : 0);
    } catch (error) {
      // Each memory reserves gigabytes of addresses (not of memory), of which a process has some ten thousand times as many.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** As `Forest.addTo`. */
  addTo(
    out: Float32Array | Float64Array,
    rows: Float32Array | Float64Array,
    nRows: number,
    nCols: number,
    begin: number,
    end: number,
  ): void {
    if (begin >= end) return;
    const groups = this.#groups;
    const sums = this.#sums;
    const few = nRows < FEW_ROWS && begin === 0 && end === this.#trees;
    for (let start = 0; start < nRows; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, nRows - start);
      this.#slots.fill(this.#rows, rows, nCols, start, start + count);
      const values = count * groups;
      for (let i = 0; i < values; i++) sums[i] = out[start * groups + i];
      if (few) this.#one(count);
      else this.#many(count, begin, end);
      for (let i = 0; i < values; i++) out[start * groups + i] = sums[i];
    }
  }

  #one(count: number): void {
    const end = Math.ceil(this.#trees / LANES) * LANES * 16;
    for (let row = 0; row < count; row++) {
      this.#exports.one(
        0,
        end,
        this.#rows.byteOffset + row * this.#rowBytes,
        this.#sums.byteOffset + row * this.#outBytes,
      );
    }
  }

  #many(count: number, begin: number, end: number): void {
    const lines = Math.ceil(count / LANES) * LANES;
    const rows = this.#rows.byteOffset;
    const rowsEnd = rows + lines * this.#rowBytes;
    this.#exports.many(begin * 16, end * 16, rows, rowsEnd, this.#rowBytes, this.#sums.byteOffset, this.#outBytes);
  }
}

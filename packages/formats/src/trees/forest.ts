import type { CategorySets } from './category-sets.ts';
import { Kernel } from './kernel/kernel.ts';

/**
 * Which way a cell of a categorical column goes:
 * `xgboost` right if it is in the set, and left if it is none (negative or beyond 2^24);
 * `xgboost-1.6` the same, but what is no category goes the way of missing cells (that release alone did so);
 * `lightgbm` left if it is in the set, and right otherwise; cells are cut towards zero.
 */
export type CategoryRule = 'xgboost' | 'xgboost-1.6' | 'lightgbm';

/** The arrays of a forest. The two children of a split are neighbours: right is left + 1. */
export interface ForestLayout {
  /** Of a split, its left child; of a leaf, the complement (`~`) of the leaf's number. */
  readonly child: Int32Array;
  readonly feature: Int32Array;
  /** A cell at most the threshold goes left; NaN marks a categorical split. */
  readonly threshold: Float64Array;
  readonly missingLeft: Uint8Array;
  /** Root node of each tree. */
  readonly roots: Int32Array;
  /** Greatest number of splits on a way down, of each tree. */
  readonly depths: Int32Array;
  /** Output group that each tree adds to; unused where a leaf holds all outputs. */
  readonly groups: Int32Array;
  /** Leaf values, `leafSize` for each leaf. */
  readonly leafValues: Float64Array;
  readonly leafSize: number;
  /** Number of the first leaf of each tree. */
  readonly firstLeaves: Int32Array;
  readonly categorySet: Int32Array | undefined;
  readonly categories: CategorySets;
  readonly categoryRule: CategoryRule;
}

/** First code that XGBoost holds for no category: 2^24, where float32 stops telling whole numbers apart. */
const XGBOOST_CATEGORY_LIMIT = 16777216;

/** Rows that walk through all trees together: their cells and sums stay in the first-level cache. */
const BLOCK_ROWS = 64;

/** An ensemble of decision trees, evaluated in WebAssembly where it can, else in JavaScript. */
export class Forest {
  readonly layout: ForestLayout;
  readonly #kernel: Kernel | undefined;

  /** @param kernel how many outputs there are and what sums are rounded to; absent where only leaves are asked for. */
  constructor(layout: ForestLayout, kernel?: { readonly groups: number; readonly sum: 'float32' | 'float64' }) {
    this.layout = layout;
    this.#kernel = kernel === undefined ? undefined : Kernel.of(layout, kernel.groups, kernel.sum);
  }

  /** Number of trees. */
  get trees(): number {
    return this.layout.roots.length;
  }

  /** Number of the leaf that `rows[offset…]` falls into in one tree. */
  leafOf(tree: number, rows: Float32Array | Float64Array, offset: number): number {
    const { child, feature, threshold } = this.layout;
    let node = this.layout.roots[tree];
    let next = child[node];
    while (next >= 0) {
      const cell = rows[offset + feature[node]];
      const limit = threshold[node];
      if (cell <= limit) node = next;
      else if (cell > limit) node = next + 1;
      else node = next + this.#unordered(node, cell);
      next = child[node];
    }
    return ~next;
  }

  /**
   * Adds the leaves of the trees `begin` to `end` to `out`, which is `nRows` × `groups`, one tree after the other: the
   * order in which the libraries add, so that float32 sums (a Float32Array `out`) have the same rounding.
   */
  addTo(
    out: Float32Array | Float64Array,
    groups: number,
    rows: Float32Array | Float64Array,
    nRows: number,
    nCols: number,
    begin: number,
    end: number,
  ): void {
    if (this.#kernel === undefined) this.#addInJavaScript(out, groups, rows, nRows, nCols, begin, end);
    else this.#kernel.addTo(out, rows, nRows, nCols, begin, end);
  }

  #addInJavaScript(
    out: Float32Array | Float64Array,
    groups: number,
    rows: Float32Array | Float64Array,
    nRows: number,
    nCols: number,
    begin: number,
    end: number,
  ): void {
    const { leafSize, leafValues, groups: groupOf } = this.layout;
    for (let blockStart = 0; blockStart < nRows; blockStart += BLOCK_ROWS) {
      const blockEnd = Math.min(nRows, blockStart + BLOCK_ROWS);
      for (let tree = begin; tree < end; tree++) {
        const group = groupOf[tree];
        for (let row = blockStart; row < blockEnd; row++) {
          const leaf = this.leafOf(tree, rows, row * nCols);
          if (leafSize === 1) out[row * groups + group] += leafValues[leaf];
          else for (let k = 0; k < leafSize; k++) out[row * groups + k] += leafValues[leaf * leafSize + k];
        }
      }
    }
  }

  /** 0 for left, 1 for right: a cell that is missing, or a categorical split. */
  #unordered(node: number, cell: number): number {
    const { categorySet, categories, categoryRule, missingLeft } = this.layout;
    if (Number.isNaN(cell) || categorySet === undefined) return missingLeft[node] ? 0 : 1;
    const set = categorySet[node];
    if (categoryRule === 'lightgbm') return categories.has(set, Math.trunc(cell)) ? 0 : 1;
    const known = cell >= 0 && cell < XGBOOST_CATEGORY_LIMIT;
    if (categoryRule === 'xgboost-1.6' && (!known || cell >= categories.size(set))) return missingLeft[node] ? 0 : 1;
    return known && categories.has(set, Math.trunc(cell)) ? 1 : 0;
  }
}

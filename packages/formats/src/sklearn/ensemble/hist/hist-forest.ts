import { ROWS_PER_BLOCK } from '../../tree/flat-forest.ts';
import { BITSET_WORDS, type HistTree } from './hist-tree.ts';

/** Words a node takes: feature (-1 in a leaf), left, right, flags. */
const STRIDE = 4;
const MISSING_LEFT = 1;
const CATEGORICAL = 2;
const BITSET_SHIFT = 2;

/** Known raw categories of each feature, as bitsets: `[features, 8]`; only rows of categorical features are looked at. */
export type KnownCategories = Uint32Array;

/** The trees that add to one score, in one buffer. Comparisons and sums are float64. */
export class HistForest {
  private readonly roots: Int32Array;
  private readonly words: Int32Array;
  /** Threshold of a split, value of a leaf, at the node's number. */
  private readonly numbers: Float64Array;
  private readonly bitsets: Uint32Array;
  private readonly known: KnownCategories;
  private readonly anyCategorical: boolean;

  constructor(trees: readonly HistTree[], known: KnownCategories) {
    let nodeTotal = 0;
    let bitsetTotal = 0;
    for (const tree of trees) {
      nodeTotal += tree.nodeCount;
      bitsetTotal += tree.bitsets.length;
    }
    this.roots = new Int32Array(trees.length);
    this.words = new Int32Array(nodeTotal * STRIDE);
    this.numbers = new Float64Array(nodeTotal);
    this.bitsets = new Uint32Array(bitsetTotal);
    this.known = known;
    let base = 0;
    let bitsetBase = 0;
    let anyCategorical = false;
    for (const [index, tree] of trees.entries()) {
      this.roots[index] = base * STRIDE;
      this.bitsets.set(tree.bitsets, bitsetBase);
      for (let node = 0; node < tree.nodeCount; node++) {
        const at = (base + node) * STRIDE;
        if (tree.isLeaf[node]) {
          this.words[at] = -1;
          this.numbers[base + node] = tree.value[node];
          continue;
        }
        const categorical = tree.categorical?.[node] === 1;
        anyCategorical ||= categorical;
        const row = categorical ? bitsetBase / BITSET_WORDS + (tree.bitsetIndex?.[node] ?? 0) : 0;
        this.words[at] = tree.feature[node];
        this.words[at + 1] = (base + tree.left[node]) * STRIDE;
        this.words[at + 2] = (base + tree.right[node]) * STRIDE;
        this.words[at + 3] =
          (tree.missingLeft?.[node] ? MISSING_LEFT : 0) | (categorical ? CATEGORICAL : 0) | (row << BITSET_SHIFT);
        this.numbers[base + node] = tree.threshold[node];
      }
      base += tree.nodeCount;
      bitsetBase += tree.bitsets.length;
    }
    this.anyCategorical = anyCategorical;
  }

  /** Adds each row's leaf values, tree by tree, to `out[outOffset + row * stride]`. */
  accumulate(
    rows: Float64Array,
    count: number,
    cols: number,
    hasNaN: boolean,
    out: Float64Array,
    outOffset: number,
    stride: number,
  ): void {
    const plain = !hasNaN && !this.anyCategorical;
    for (let block = 0; block < count; block += ROWS_PER_BLOCK) {
      const end = Math.min(count, block + ROWS_PER_BLOCK);
      for (const root of this.roots) {
        for (let row = block; row < end; row++) {
          const value = plain ? this.walk(root, rows, row * cols) : this.walkAll(root, rows, row * cols);
          out[outOffset + row * stride] += value;
        }
      }
    }
  }

  /** The leaf value of a row without NaN in a tree without categorical splits. */
  private walk(at: number, rows: Float64Array, offset: number): number {
    const { words, numbers } = this;
    let feature = words[at];
    while (feature >= 0) {
      at = rows[offset + feature] <= numbers[at >> 2] ? words[at + 1] : words[at + 2];
      feature = words[at];
    }
    return numbers[at >> 2];
  }

  private walkAll(at: number, rows: Float64Array, offset: number): number {
    const { words, numbers } = this;
    let feature = words[at];
    while (feature >= 0) {
      const value = rows[offset + feature];
      const flags = words[at + 3];
      let left: boolean;
      if (Number.isNaN(value)) left = (flags & MISSING_LEFT) !== 0;
      else if ((flags & CATEGORICAL) === 0) left = value <= numbers[at >> 2];
      else left = this.categoryGoesLeft(value, feature, flags);
      at = left ? words[at + 1] : words[at + 2];
      feature = words[at];
    }
    return numbers[at >> 2];
  }

  /** A category that training did not see, or a negative one, goes where missing values go. */
  private categoryGoesLeft(value: number, feature: number, flags: number): boolean {
    const missing = (flags & MISSING_LEFT) !== 0;
    if (value < 0) return missing;
    // The library casts to uint8; what does not fit a 32-bit integer becomes 0 there on x86.
    const category = value < 2147483648 ? value & 255 : 0;
    if (hasBit(this.bitsets, (flags >> BITSET_SHIFT) * BITSET_WORDS, category)) return true;
    return hasBit(this.known, feature * BITSET_WORDS, category) ? false : missing;
  }
}

function hasBit(bitsets: Uint32Array, from: number, category: number): boolean {
  return ((bitsets[from + (category >>> 5)] >>> (category & 31)) & 1) === 1;
}

import { placeNodes, ROWS_PER_BLOCK } from '../../tree/flat-forest.ts';
import { BITSET_WORDS, type HistTree } from './hist-tree.ts';

/** Words a node takes: feature, left child, flags (-1 in a leaf). */
const STRIDE = 4;
const LEAF = -1;
const MISSING_LEFT = 1;
const CATEGORICAL = 2;
const BITSET_SHIFT = 2;

/** Known raw categories of each feature, as bitsets: `[features, 8]`; only rows of categorical features are looked at. */
export type KnownCategories = Uint32Array;

/**
 * The trees that add to one score, in one buffer, in the layout of FlatForest: the right child behind the left one, a leaf
 * its own left child. Comparisons and sums are float64.
 */
export class HistForest {
  private readonly roots: Int32Array;
  private readonly words: Int32Array;
  /** Threshold at each node's number; Infinity in a leaf. */
  private readonly thresholds: Float64Array;
  /** Value at each leaf's node number. */
  private readonly values: Float64Array;
  private readonly bitsets: Uint32Array;
  private readonly known: KnownCategories;
  private readonly anyCategorical: boolean;

  constructor(trees: readonly HistTree[], known: KnownCategories) {
    const layouts = trees.map((tree) => placeNodes(asBinary(tree)));
    let nodeTotal = 0;
    let bitsetTotal = 0;
    for (const { count } of layouts) nodeTotal += count;
    for (const tree of trees) bitsetTotal += tree.bitsets.length;
    this.roots = new Int32Array(trees.length);
    this.words = new Int32Array(nodeTotal * STRIDE);
    this.thresholds = new Float64Array(nodeTotal).fill(Infinity);
    this.values = new Float64Array(nodeTotal);
    this.bitsets = new Uint32Array(bitsetTotal);
    this.known = known;
    let base = 0;
    let bitsetBase = 0;
    let anyCategorical = false;
    for (const [index, tree] of trees.entries()) {
      const { places, count } = layouts[index];
      this.roots[index] = base * STRIDE;
      this.bitsets.set(tree.bitsets, bitsetBase);
      for (let node = 0; node < tree.nodeCount; node++) {
        if (places[node] < 0) continue;
        const to = base + places[node];
        const at = to * STRIDE;
        if (tree.isLeaf[node]) {
          this.words[at + 1] = at;
          this.words[at + 2] = LEAF;
          this.values[to] = tree.value[node];
          continue;
        }
        const categorical = tree.categorical?.[node] === 1;
        anyCategorical ||= categorical;
        const row = categorical ? bitsetBase / BITSET_WORDS + (tree.bitsetIndex?.[node] ?? 0) : 0;
        this.words[at] = tree.feature[node];
        this.words[at + 1] = (base + places[tree.left[node]]) * STRIDE;
        this.words[at + 2] =
          (tree.missingLeft?.[node] ? MISSING_LEFT : 0) | (categorical ? CATEGORICAL : 0) | (row << BITSET_SHIFT);
        this.thresholds[to] = tree.threshold[node];
      }
      base += count;
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
      const whole = plain ? end - ((end - block) & 3) : block;
      if (whole > block) this.batch(rows, block, whole, cols, out, outOffset, stride);
      for (let row = whole; row < end; row++) {
        const to = outOffset + row * stride;
        if (plain) this.one(rows, row * cols, out, to);
        else for (const root of this.roots) out[to] += this.walk(root, rows, row * cols);
      }
    }
  }

  /** Four rows at once through each tree; their number is a multiple of four and none holds NaN. */
  private batch(
    rows: Float64Array,
    start: number,
    end: number,
    cols: number,
    out: Float64Array,
    outOffset: number,
    stride: number,
  ): void {
    const { words, thresholds, values, roots } = this;
    for (let tree = 0; tree < roots.length; tree++) {
      const root = roots[tree];
      for (let row = start; row < end; row += 4) {
        const x0 = row * cols;
        const x1 = x0 + cols;
        const x2 = x1 + cols;
        const x3 = x2 + cols;
        let n0 = root;
        let n1 = root;
        let n2 = root;
        let n3 = root;
        do {
          for (let step = 0; step < 3; step++) {
            n0 = words[n0 + 1] + (Number(rows[x0 + words[n0]] > thresholds[n0 >> 2]) << 2);
            n1 = words[n1 + 1] + (Number(rows[x1 + words[n1]] > thresholds[n1 >> 2]) << 2);
            n2 = words[n2 + 1] + (Number(rows[x2 + words[n2]] > thresholds[n2 >> 2]) << 2);
            n3 = words[n3 + 1] + (Number(rows[x3 + words[n3]] > thresholds[n3 >> 2]) << 2);
          }
        } while ((words[n0 + 2] & words[n1 + 2] & words[n2 + 2] & words[n3 + 2]) !== LEAF);
        const to = outOffset + row * stride;
        out[to] += values[n0 >> 2];
        out[to + stride] += values[n1 >> 2];
        out[to + 2 * stride] += values[n2 >> 2];
        out[to + 3 * stride] += values[n3 >> 2];
      }
    }
  }

  /** One row without NaN through four trees at once. */
  private one(rows: Float64Array, offset: number, out: Float64Array, to: number): void {
    const { words, thresholds, values, roots } = this;
    const whole = roots.length - (roots.length & 3);
    let sum = out[to];
    for (let tree = 0; tree < whole; tree += 4) {
      let n0 = roots[tree];
      let n1 = roots[tree + 1];
      let n2 = roots[tree + 2];
      let n3 = roots[tree + 3];
      do {
        for (let step = 0; step < 3; step++) {
          n0 = words[n0 + 1] + (Number(rows[offset + words[n0]] > thresholds[n0 >> 2]) << 2);
          n1 = words[n1 + 1] + (Number(rows[offset + words[n1]] > thresholds[n1 >> 2]) << 2);
          n2 = words[n2 + 1] + (Number(rows[offset + words[n2]] > thresholds[n2 >> 2]) << 2);
          n3 = words[n3 + 1] + (Number(rows[offset + words[n3]] > thresholds[n3 >> 2]) << 2);
        }
      } while ((words[n0 + 2] & words[n1 + 2] & words[n2 + 2] & words[n3 + 2]) !== LEAF);
      // In the order of the trees, one after the other: sums are rounded at each step.
      sum = sum + values[n0 >> 2] + values[n1 >> 2] + values[n2 >> 2] + values[n3 >> 2];
    }
    for (let tree = whole; tree < roots.length; tree++) sum += this.walk(roots[tree], rows, offset);
    out[to] = sum;
  }

  /** The leaf value of any row in any tree. */
  private walk(at: number, rows: Float64Array, offset: number): number {
    const { words, thresholds, values } = this;
    let flags = words[at + 2];
    while (flags !== LEAF) {
      const feature = words[at];
      const value = rows[offset + feature];
      let left: boolean;
      if (Number.isNaN(value)) left = (flags & MISSING_LEFT) !== 0;
      else if ((flags & CATEGORICAL) === 0) left = value <= thresholds[at >> 2];
      else left = this.categoryGoesLeft(value, feature, flags);
      at = left ? words[at + 1] : words[at + 1] + STRIDE;
      flags = words[at + 2];
    }
    return values[at >> 2];
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

/** The children as placeNodes looks at them: -1 in a leaf, whatever the record holds there. */
function asBinary({ nodeCount, isLeaf, left, right }: HistTree): Pick<HistTree, 'nodeCount' | 'left' | 'right'> {
  return { nodeCount, left: left.map((child, node) => (isLeaf[node] ? -1 : child)), right };
}

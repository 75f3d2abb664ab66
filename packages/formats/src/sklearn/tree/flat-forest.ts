import type { TreeState } from './tree-state.ts';

/** Words a node takes in `nodes`: feature (-1 in a leaf), threshold (float32 bits), left, right. */
const STRIDE = 4;
/** Rows that walk one tree before the next tree is taken: keeps a tree in cache over a batch. */
export const ROWS_PER_BLOCK = 128;

/**
 * Trees of one ensemble in one buffer. scikit-learn casts X to float32 and compares with float64 thresholds; a float32 x
 * is at most t exactly if it is at most the largest float32 that is at most t, so thresholds are kept as float32.
 */
export class FlatForest {
  /** Offset in `words` of each tree's root. */
  readonly roots: Int32Array;
  /** Number of leaves of all trees; leaves are numbered over the whole forest in the order of their node ids. */
  readonly leafCount: number;
  /** First leaf number of each tree, and `leafCount` at the end. */
  readonly leafStarts: Int32Array;
  /** Node id in its own tree of each leaf. */
  readonly leafNodes: Int32Array;
  private readonly words: Int32Array;
  private readonly floats: Float32Array;
  /** 1 at a node's offset / STRIDE where missing values go left. */
  private readonly missingLeft: Uint8Array;

  constructor(trees: readonly TreeState[]) {
    let nodeTotal = 0;
    for (const tree of trees) nodeTotal += tree.nodeCount;
    this.words = new Int32Array(nodeTotal * STRIDE);
    this.floats = new Float32Array(this.words.buffer);
    this.missingLeft = new Uint8Array(nodeTotal);
    this.roots = new Int32Array(trees.length);
    this.leafStarts = new Int32Array(trees.length + 1);
    const leafNodes: number[] = [];
    let base = 0;
    for (const [index, tree] of trees.entries()) {
      this.roots[index] = base * STRIDE;
      this.leafStarts[index] = leafNodes.length;
      for (let node = 0; node < tree.nodeCount; node++) {
        if (tree.left[node] === -1) {
          this.words[(base + node) * STRIDE] = -1;
          this.words[(base + node) * STRIDE + 2] = leafNodes.length;
          leafNodes.push(node);
          continue;
        }
        this.placeSplit(base, tree, node);
      }
      base += tree.nodeCount;
    }
    this.leafStarts[trees.length] = leafNodes.length;
    this.leafNodes = Int32Array.from(leafNodes);
    this.leafCount = leafNodes.length;
  }

  private placeSplit(base: number, tree: TreeState, node: number): void {
    const at = (base + node) * STRIDE;
    this.words[at] = tree.feature[node];
    this.floats[at + 1] = floor32(tree.threshold[node]);
    this.words[at + 2] = (base + tree.left[node]) * STRIDE;
    this.words[at + 3] = (base + tree.right[node]) * STRIDE;
    this.missingLeft[base + node] = tree.missingLeft?.[node] ? 1 : 0;
  }

  /** The leaf that the row starting at `offset` ends in, in the tree whose root is `at`. The row holds no NaN. */
  leaf(at: number, rows: Float32Array, offset: number): number {
    const { words, floats } = this;
    let feature = words[at];
    while (feature >= 0) {
      at = rows[offset + feature] <= floats[at + 1] ? words[at + 2] : words[at + 3];
      feature = words[at];
    }
    return words[at + 2];
  }

  /** As {@link leaf}, for rows that may hold NaN. */
  leafWithMissing(at: number, rows: Float32Array, offset: number): number {
    const { words, floats, missingLeft } = this;
    let feature = words[at];
    while (feature >= 0) {
      const value = rows[offset + feature];
      const goLeft = value <= floats[at + 1] || (Number.isNaN(value) && missingLeft[at >> 2] === 1);
      at = goLeft ? words[at + 2] : words[at + 3];
      feature = words[at];
    }
    return words[at + 2];
  }

  /**
   * Adds, tree by tree in order as scikit-learn does, the `width` values of each row's leaf to `out` (row-major).
   * @param leafValues `[leafCount, width]`, row-major.
   * @param stride distance between the results of two rows in `out`.
   */
  accumulate(
    rows: Float32Array,
    count: number,
    cols: number,
    hasNaN: boolean,
    leafValues: Float64Array,
    width: number,
    out: Float64Array,
    outOffset = 0,
    stride = width,
  ): void {
    const { roots } = this;
    for (let block = 0; block < count; block += ROWS_PER_BLOCK) {
      const end = Math.min(count, block + ROWS_PER_BLOCK);
      for (let tree = 0; tree < roots.length; tree++) {
        const root = roots[tree];
        for (let row = block; row < end; row++) {
          const leaf = hasNaN ? this.leafWithMissing(root, rows, row * cols) : this.leaf(root, rows, row * cols);
          const from = leaf * width;
          const to = outOffset + row * stride;
          for (let k = 0; k < width; k++) out[to + k] += leafValues[from + k];
        }
      }
    }
  }
}

const bits = new DataView(new ArrayBuffer(4));

/** The largest float32 that is at most `value`. */
export function floor32(value: number): number {
  const rounded = Math.fround(value);
  if (!(rounded > value)) return rounded;
  bits.setFloat32(0, rounded);
  const pattern = bits.getInt32(0);
  if (rounded === 0) bits.setInt32(0, 0x80000001 | 0);
  else bits.setInt32(0, pattern >= 0 ? pattern - 1 : pattern + 1);
  return bits.getFloat32(0);
}

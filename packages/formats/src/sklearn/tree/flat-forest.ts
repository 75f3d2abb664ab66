import type { TreeState } from './tree-state.ts';

/** Words a node takes: feature, threshold (float32 bits), left child, leaf number or {@link MISSING_LEFT}/{@link MISSING_RIGHT}. */
const STRIDE = 4;
const MISSING_LEFT = -1;
const MISSING_RIGHT = -2;
/** Rows that walk one tree before the next tree is taken: keeps a tree in cache over a batch. */
export const ROWS_PER_BLOCK = 128;

/**
 * Trees of one ensemble in one buffer, laid out to be walked without branches, which a processor would guess wrong at
 * every other node: the right child stands right behind the left one, so that the next node is `left + STRIDE · (x > t)`, and
 * a leaf is its own left child, so that a step too many changes nothing. Four walks go on at once, so that their memory
 * latencies overlap.
 *
 * scikit-learn casts X to float32 and compares with float64 thresholds; a float32 x is at most t exactly if it is at most the
 * largest float32 that is at most t, so thresholds are kept as float32.
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

  constructor(trees: readonly TreeState[]) {
    const layouts = trees.map(placeNodes);
    let nodeTotal = 0;
    for (const { count } of layouts) nodeTotal += count;
    this.words = new Int32Array(nodeTotal * STRIDE);
    this.floats = new Float32Array(this.words.buffer);
    this.roots = new Int32Array(trees.length);
    this.leafStarts = new Int32Array(trees.length + 1);
    const leafNodes: number[] = [];
    let base = 0;
    for (const [index, tree] of trees.entries()) {
      const { places, count } = layouts[index];
      this.roots[index] = base * STRIDE;
      this.leafStarts[index] = leafNodes.length;
      for (let node = 0; node < tree.nodeCount; node++) {
        if (places[node] < 0) continue;
        const at = (base + places[node]) * STRIDE;
        if (tree.left[node] === -1) {
          this.floats[at + 1] = Infinity;
          this.words[at + 2] = at;
          this.words[at + 3] = leafNodes.length;
          leafNodes.push(node);
        } else {
          this.words[at] = tree.feature[node];
          this.floats[at + 1] = floor32(tree.threshold[node]);
          this.words[at + 2] = (base + places[tree.left[node]]) * STRIDE;
          this.words[at + 3] = tree.missingLeft?.[node] ? MISSING_LEFT : MISSING_RIGHT;
        }
      }
      base += count;
    }
    this.leafStarts[trees.length] = leafNodes.length;
    this.leafNodes = Int32Array.from(leafNodes);
    this.leafCount = leafNodes.length;
  }

  /** The leaf that the row starting at `offset` ends in, in the tree whose root is `at`; the row may hold NaN. */
  leaf(at: number, rows: Float32Array, offset: number): number {
    const { words, floats } = this;
    let leaf = words[at + 3];
    while (leaf < 0) {
      const value = rows[offset + words[at]];
      const goesRight = value > floats[at + 1] || (leaf === MISSING_RIGHT && Number.isNaN(value));
      at = goesRight ? words[at + 2] + STRIDE : words[at + 2];
      leaf = words[at + 3];
    }
    return leaf;
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
    for (let block = 0; block < count; block += ROWS_PER_BLOCK) {
      const end = Math.min(count, block + ROWS_PER_BLOCK);
      const whole = hasNaN ? block : end - ((end - block) & 3);
      if (whole > block) this.batch(rows, block, whole, cols, leafValues, width, out, outOffset, stride);
      for (let row = whole; row < end; row++) {
        const to = outOffset + row * stride;
        if (hasNaN) this.oneWithMissing(rows, row * cols, leafValues, width, out, to);
        else this.one(rows, row * cols, leafValues, width, out, to);
      }
    }
  }

  /** Four rows at once through each tree; their number is a multiple of four and none holds NaN. */
  private batch(
    rows: Float32Array,
    start: number,
    end: number,
    cols: number,
    leafValues: Float64Array,
    width: number,
    out: Float64Array,
    outOffset: number,
    stride: number,
  ): void {
    const { words, floats, roots } = this;
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
            n0 = words[n0 + 2] + (Number(rows[x0 + words[n0]] > floats[n0 + 1]) << 2);
            n1 = words[n1 + 2] + (Number(rows[x1 + words[n1]] > floats[n1 + 1]) << 2);
            n2 = words[n2 + 2] + (Number(rows[x2 + words[n2]] > floats[n2 + 1]) << 2);
            n3 = words[n3 + 2] + (Number(rows[x3 + words[n3]] > floats[n3 + 1]) << 2);
          }
        } while ((words[n0 + 3] | words[n1 + 3] | words[n2 + 3] | words[n3 + 3]) < 0);
        const l0 = words[n0 + 3] * width;
        const l1 = words[n1 + 3] * width;
        const l2 = words[n2 + 3] * width;
        const l3 = words[n3 + 3] * width;
        let to = outOffset + row * stride;
        for (let k = 0; k < width; k++) out[to + k] += leafValues[l0 + k];
        to += stride;
        for (let k = 0; k < width; k++) out[to + k] += leafValues[l1 + k];
        to += stride;
        for (let k = 0; k < width; k++) out[to + k] += leafValues[l2 + k];
        to += stride;
        for (let k = 0; k < width; k++) out[to + k] += leafValues[l3 + k];
      }
    }
  }

  /** One row without NaN through four trees at once. */
  private one(
    rows: Float32Array,
    offset: number,
    leafValues: Float64Array,
    width: number,
    out: Float64Array,
    to: number,
  ): void {
    const { words, floats, roots } = this;
    const whole = roots.length - (roots.length & 3);
    for (let tree = 0; tree < whole; tree += 4) {
      let n0 = roots[tree];
      let n1 = roots[tree + 1];
      let n2 = roots[tree + 2];
      let n3 = roots[tree + 3];
      do {
        for (let step = 0; step < 3; step++) {
          n0 = words[n0 + 2] + (Number(rows[offset + words[n0]] > floats[n0 + 1]) << 2);
          n1 = words[n1 + 2] + (Number(rows[offset + words[n1]] > floats[n1 + 1]) << 2);
          n2 = words[n2 + 2] + (Number(rows[offset + words[n2]] > floats[n2 + 1]) << 2);
          n3 = words[n3 + 2] + (Number(rows[offset + words[n3]] > floats[n3 + 1]) << 2);
        }
      } while ((words[n0 + 3] | words[n1 + 3] | words[n2 + 3] | words[n3 + 3]) < 0);
      const l0 = words[n0 + 3] * width;
      const l1 = words[n1 + 3] * width;
      const l2 = words[n2 + 3] * width;
      const l3 = words[n3 + 3] * width;
      // In the order of the trees, one after the other: sums are rounded at each step.
      for (let k = 0; k < width; k++) {
        out[to + k] = out[to + k] + leafValues[l0 + k] + leafValues[l1 + k] + leafValues[l2 + k] + leafValues[l3 + k];
      }
    }
    for (let tree = whole; tree < roots.length; tree++) {
      const from = this.leaf(roots[tree], rows, offset) * width;
      for (let k = 0; k < width; k++) out[to + k] += leafValues[from + k];
    }
  }

  private oneWithMissing(
    rows: Float32Array,
    offset: number,
    leafValues: Float64Array,
    width: number,
    out: Float64Array,
    to: number,
  ): void {
    for (const root of this.roots) {
      const from = this.leaf(root, rows, offset) * width;
      for (let k = 0; k < width; k++) out[to + k] += leafValues[from + k];
    }
  }
}

/** Where each node that the root reaches goes: the root first, then each pair of children side by side; -1 for the others. */
export function placeNodes(tree: Pick<TreeState, 'nodeCount' | 'left' | 'right'>): {
  places: Int32Array;
  count: number;
} {
  const places = new Int32Array(tree.nodeCount).fill(-1);
  const pending = [0];
  places[0] = 0;
  let count = 1;
  while (pending.length > 0) {
    const node = pending.pop() as number;
    const left = tree.left[node];
    if (left === -1) continue;
    places[left] = count;
    places[tree.right[node]] = count + 1;
    count += 2;
    pending.push(tree.right[node], left);
  }
  return { places, count };
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

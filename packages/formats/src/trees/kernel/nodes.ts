import type { ForestLayout } from '../forest.ts';
import type { Slots } from './slots.ts';

/** Where a writer has put things, in bytes from the start of the memory. */
export interface WrittenNodes {
  /** One record of 16 bytes for each tree. */
  readonly records: number;
  /** First byte after all of it. */
  readonly end: number;
}

/** Bytes that {@link writePadded} needs for a forest. */
export function paddedBytes(trees: number, depth: number): number {
  return trees * (16 + paddedTreeBytes(depth));
}

function paddedTreeBytes(depth: number): number {
  // 2^depth - 1 splits of 8 bytes and 2^depth leaves of 4, rounded up to whole float64.
  return ((1 << depth) - 1) * 8 + (((1 << depth) * 4 + 7) & ~7);
}

/** Writes all trees as complete trees of one depth; `trees` may exceed the forest's number, the rest are empty. */
export function writePadded(
  view: DataView,
  layout: ForestLayout,
  slots: Slots,
  trees: number,
  depth: number,
  groupBytes: number,
): WrittenNodes {
  const splits = (1 << depth) - 1;
  const size = paddedTreeBytes(depth);
  const first = trees * 16;
  for (let tree = 0; tree < trees; tree++) {
    const at = first + tree * size;
    const leaves = at + splits * 8;
    view.setInt32(tree * 16, at, true);
    view.setInt32(tree * 16 + 4, leaves, true);
    if (tree >= layout.roots.length) continue;
    view.setInt32(tree * 16 + 8, layout.groups[tree] * groupBytes, true);
    const open: [node: number, position: number][] = [[layout.roots[tree], 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [node, position] = next;
      const child = layout.child[node];
      if (child < 0) {
        fillLeft(view, at, leaves, splits, position, layout.leafValues[~child]);
        continue;
      }
      view.setFloat32(at + position * 8, layout.threshold[node], true);
      view.setInt32(at + position * 8 + 4, slots.ofNode[node] * 4, true);
      open.push([child, 2 * position + 1], [child + 1, 2 * position + 2]);
    }
  }
  return { records: 0, end: first + trees * size };
}

/** A leaf above the last level: the splits below it send every row left, to one value. */
function fillLeft(view: DataView, tree: number, leaves: number, splits: number, position: number, value: number): void {
  let at = position;
  while (at < splits) {
    view.setFloat32(tree + at * 8, Infinity, true);
    at = 2 * at + 1;
  }
  view.setFloat32(leaves + (at - splits) * 4, value, true);
}

/** Bytes that {@link writeLinked} needs for a forest. */
export function linkedBytes(trees: number, nodes: number): number {
  return trees * 16 + (nodes + 1) * 24;
}

/** Writes the nodes as they are, 16 bytes each, and behind them a value for each node. */
export function writeLinked(
  view: DataView,
  layout: ForestLayout,
  slots: Slots,
  trees: number,
  groupBytes: number,
): WrittenNodes {
  const { child, threshold, leafValues, roots, groups } = layout;
  const nodes = trees * 16;
  // One more node than the forest has: a leaf of value 0, the root of the trees that only fill up a group.
  const count = child.length + 1;
  const values = nodes + count * 16;
  // WebAssembly is little-endian, and so is every machine that Node runs on: plain arrays write faster than the view.
  const words = new Int32Array(view.buffer);
  const doubles = new Float64Array(view.buffer);
  for (let node = 0; node < count; node++) {
    const at = nodes + node * 16;
    const isLeaf = node === child.length || child[node] < 0;
    doubles[at / 8] = isLeaf ? Infinity : threshold[node];
    words[at / 4 + 2] = isLeaf ? 0 : slots.ofNode[node] * 8;
    words[at / 4 + 3] = isLeaf ? at : nodes + child[node] * 16;
    if (isLeaf && node < child.length) doubles[values / 8 + node] = leafValues[~child[node]];
  }
  for (let tree = 0; tree < trees; tree++) {
    const root = tree < roots.length ? roots[tree] : child.length;
    view.setInt32(tree * 16, nodes + root * 16, true);
    view.setInt32(tree * 16 + 8, tree < roots.length ? groups[tree] * groupBytes : 0, true);
    view.setInt32(tree * 16 + 12, 2 * values - nodes, true);
  }
  return { records: 0, end: values + count * 8 };
}

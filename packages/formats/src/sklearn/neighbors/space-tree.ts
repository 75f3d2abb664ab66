import { LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { PyGlobal, type PyObject, PyTuple } from '../../pickle/values.ts';
import type { Metric } from './metric.ts';
import type { NeighborHeap } from './neighbor-heap.ts';

/** Levels that a tree may have. */
const MAX_DEPTH = 64;

/** A fitted KDTree or BallTree: nodes in heap order, each with a range of `order` and its bounds. */
export class SpaceTree {
  private readonly data: Float64Array;
  private readonly cols: number;
  private readonly order: Int32Array;
  private readonly start: Int32Array;
  private readonly end: Int32Array;
  private readonly leaf: Uint8Array;
  private readonly radius: Float64Array;
  private readonly lower: Float64Array;
  /** Absent for a BallTree, whose bounds are centre and radius. */
  private readonly upper: Float64Array | undefined;
  private readonly metric: Metric;

  constructor(object: PyObject, metric: Metric) {
    const parts = object.state instanceof PyTuple ? object.state.items : [];
    const [data, order, nodes, bounds] = parts;
    if (
      !(data instanceof NdArray && order instanceof NdArray && nodes instanceof NdArray && bounds instanceof NdArray)
    ) {
      throw damaged('its arrays are missing');
    }
    this.metric = metric;
    this.data = data.toFloat64();
    this.cols = data.shape[1];
    this.order = order.toInt32();
    this.start = nodes.field('idx_start').toInt32();
    this.end = nodes.field('idx_end').toInt32();
    this.leaf = Uint8Array.from(nodes.field('is_leaf').toInt32(), (flag) => (flag === 0 ? 0 : 1));
    this.radius = nodes.field('radius').toFloat64();
    const ball = treeName(object) === 'BallTree';
    const perSide = nodes.size * this.cols;
    const all = bounds.toFloat64();
    if (all.length !== perSide * (ball ? 1 : 2)) throw damaged('its bounds do not fit its nodes');
    this.lower = all.subarray(0, perSide);
    this.upper = ball ? undefined : all.subarray(perSide);
    this.check(data.shape[0]);
  }

  private check(rows: number): void {
    if (this.order.length !== rows || this.data.length !== rows * this.cols)
      throw damaged('its order does not fit its rows');
    for (const row of this.order) if (row < 0 || row >= rows) throw damaged(`it names row ${row} of ${rows}`);
    const nodes = this.start.length;
    for (let node = 0; node < nodes; node++) {
      if (this.start[node] < 0 || this.end[node] > rows) throw damaged(`node ${node} is out of range`);
      if (this.leaf[node] === 0 && 2 * node + 2 >= nodes) throw damaged(`node ${node} has no children`);
    }
    if (nodes === 0 || Math.log2(nodes) > MAX_DEPTH) throw damaged('it has no nodes');
  }

  /** Puts the nearest rows into the heap, with reduced distances, in the order that scikit-learn meets them. */
  nearest(point: Float64Array, from: number, heap: NeighborHeap): void {
    this.visit(0, point, from, heap, this.lowerBound(0, point, from));
  }

  private visit(node: number, point: Float64Array, from: number, heap: NeighborHeap, bound: number): void {
    if (bound > heap.largest) return;
    if (this.leaf[node] === 1) {
      for (let at = this.start[node]; at < this.end[node]; at++) {
        const row = this.order[at];
        heap.push(this.metric.reduced(point, from, this.data, row * this.cols), row);
      }
      return;
    }
    const [left, right] = [2 * node + 1, 2 * node + 2];
    const leftBound = this.lowerBound(left, point, from);
    const rightBound = this.lowerBound(right, point, from);
    if (leftBound <= rightBound) {
      this.visit(left, point, from, heap, leftBound);
      this.visit(right, point, from, heap, rightBound);
    } else {
      this.visit(right, point, from, heap, rightBound);
      this.visit(left, point, from, heap, leftBound);
    }
  }

  /** The least reduced distance that a row of the node can have. */
  private lowerBound(node: number, point: Float64Array, from: number): number {
    const { metric, upper, cols } = this;
    const base = node * cols;
    if (upper === undefined) {
      const toCentre = metric.toDistance(metric.reduced(point, from, this.lower, base));
      return metric.toReduced(Math.max(0, toCentre - this.radius[node]));
    }
    const p = metric.p ?? 0;
    if (p === 0) return 0;
    let bound = 0;
    for (let col = 0; col < cols; col++) {
      const value = point[from + col];
      const gap = Math.max(this.lower[base + col] - value, 0) + Math.max(value - upper[base + col], 0);
      if (p === Infinity) bound = Math.max(bound, gap);
      else bound += p === 2 ? gap * gap : gap ** p;
    }
    return bound;
  }
}

/** `KDTree` or `BallTree`, for an object that the library's own maker stands for. */
export function treeName(object: PyObject): string {
  const [made] = object.args;
  const type = object.type.name === 'newObj' && made instanceof PyGlobal ? made : object.type;
  // up to 0.19 both were saved under the name of what they share
  if (type.name === 'BinaryTree') return type.module.endsWith('ball_tree') ? 'BallTree' : 'KDTree';
  return type.name.replace(/(32|64)$/, '');
}

function damaged(why: string): LoadError {
  return new LoadError('CorruptModel', `a neighbour tree is damaged: ${why}`);
}

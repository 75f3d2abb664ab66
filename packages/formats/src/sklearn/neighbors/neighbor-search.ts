import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject } from '../../pickle/values.ts';
import type { Matrix } from '../estimator.ts';
import { versionAtLeast } from '../estimator-base.ts';
import { rowNormOrder } from '../expanded-distances.ts';
import type { Fitted } from '../fitted.ts';
import { bruteDistances } from './brute-distances.ts';
import { type Metric, readMetric } from './metric.ts';
import { NeighborHeap } from './neighbor-heap.ts';
import { smallestIndices } from './partition.ts';
import { SpaceTree, treeName } from './space-tree.ts';

/** Metrics that scikit-learn leaves to scipy and to its own pairwise functions. */
const PARTITIONED = new Set(['cosine', 'correlation', 'hamming', 'mahalanobis']);

/** Some fitted rows with their distances, in no certain order. */
export interface Found {
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** Searches the fitted rows. */
export interface NeighborSearch {
  readonly rows: number;
  readonly cols: number;
  /** The k nearest of one row of x. */
  nearest(x: Matrix, row: number, count: number): Found;
  /** All within a radius of one row of x. */
  within(x: Matrix, row: number, radius: number): Found;
}

/** Reads `_fit_X`, `_tree` and the metric. @throws LoadError for a metric or algorithm without an evaluator. */
export function readSearch(fitted: Fitted, version: string | undefined): NeighborSearch {
  const fit = fitted.matrix('_fit_X');
  const stored = fitted.raw('_fit_X');
  const dense = stored instanceof NdArray ? stored : undefined;
  const metric = readMetric(fitted, fit.cols, version);
  const treeObject = fitted.raw('_tree');
  const tree = treeObject instanceof PyObject && isTree(treeObject) ? new SpaceTree(treeObject, metric) : undefined;
  const recent = versionAtLeast(version, 1, 1);
  // sparse rows are multiplied one by one, without the fused sums of dense ones
  const order = dense === undefined ? undefined : recent ? 'ddot' : rowNormOrder(version);
  const expands = metric.name === 'euclidean' || (recent && metric.name === 'sqeuclidean');
  const brute = bruteDistances(fit, metric, order, tree === undefined && expands);
  // before 1.1, and since then for what its own search does not take, numpy.argpartition chooses
  const partitions =
    !recent ||
    (dense !== undefined && dense.dtype.kind !== 'f') ||
    (dense === undefined && leavesSparse(metric.name, version)) ||
    PARTITIONED.has(metric.name);
  let heap = new NeighborHeap(1);
  const emptyHeap = (count: number) => {
    if (heap.distances.length === count) heap.clear();
    else heap = new NeighborHeap(count);
    return heap;
  };
  const fromHeap = (): Found => ({ indices: heap.indices, distances: heap.distances.map(metric.toDistance) });

  return {
    rows: fit.rows,
    cols: fit.cols,
    nearest(x, row, count) {
      emptyHeap(count);
      if (tree !== undefined) {
        tree.nearest(x.data, row * fit.cols, heap);
        return fromHeap();
      }
      const { distances, slack } = brute.distances(x, row);
      pushAll(distances, heap);
      if (!isAmbiguous(distances, heap.largest, slack, count)) return fromHeap();
      const exact = brute.rounded(x, row);
      if (partitions) return partition(exact, count, metric);
      pushAll(exact, emptyHeap(count));
      return fromHeap();
    },
    within(x, row, radius) {
      const limit = metric.toReduced(radius);
      const plain = brute.distances(x, row);
      const atEdge = plain.distances.some((distance) => Math.abs(distance - limit) <= plain.slack);
      const distances = atEdge ? brute.rounded(x, row) : plain.distances;
      const indices = Int32Array.from(distances.keys()).filter((index) => distances[index] <= limit);
      return { indices, distances: Float64Array.from(indices, (index) => metric.toDistance(distances[index])) };
    },
  };
}

/** Whether the release's own search leaves sparse rows to scipy: all of them in 1.1, Euclidean ones again from 1.4 on. */
function leavesSparse(metric: string, version: string | undefined): boolean {
  return !versionAtLeast(version, 1, 2) || (versionAtLeast(version, 1, 4) && metric.includes('euclidean'));
}

/** Whether more than `count` rows are no farther than the farthest chosen one, as far as the rounding lets see. */
function isAmbiguous(distances: Float64Array, largest: number, slack: number, count: number): boolean {
  let within = 0;
  for (let index = 0; index < distances.length; index++) if (distances[index] <= largest + slack) within++;
  return within > count;
}

function partition(all: Float64Array, count: number, metric: Metric): Found {
  const indices = smallestIndices(all, count);
  return { indices, distances: Float64Array.from(indices, (index) => metric.toDistance(all[index])) };
}

function pushAll(distances: Float64Array, heap: NeighborHeap): void {
  for (let index = 0; index < distances.length; index++) heap.push(distances[index], index);
}

function isTree(object: PyObject): boolean {
  return ['KDTree', 'BallTree'].includes(treeName(object));
}

import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject } from '../../pickle/values.ts';
import type { Matrix } from '../estimator.ts';
import { versionAtLeast } from '../estimator-base.ts';
import { refineDistance, rowNormOrder } from '../expanded-distances.ts';
import type { Dense, Fitted } from '../fitted.ts';
import { squaredNorms } from '../matrix-product.ts';
import type { NormOrder } from '../rounded-products.ts';
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

/** Reduced distances of one row of x to all fitted rows. */
type AllDistances = (x: Matrix, row: number) => Float64Array;

/**
 * Brute force over Euclidean distances expands the square, |x|² − 2x·y + |y|², as the library does; its trees and other
 * metrics take differences. The rounding differs where rows nearly coincide, and shows in weights by distance.
 */
function bruteDistances(fit: Dense, metric: Metric, order: NormOrder | undefined, expanded: boolean): AllDistances {
  const out = new Float64Array(fit.rows);
  if (!expanded) {
    return (x, row) => {
      for (let other = 0; other < fit.rows; other++) {
        out[other] = metric.reduced(x.data, row * fit.cols, fit.data, other * fit.cols);
      }
      return out;
    };
  }
  const norms = squaredNorms(fit);
  return (x, row) => {
    const from = row * fit.cols;
    let norm = 0;
    for (let col = 0; col < fit.cols; col++) norm += x.data[from + col] * x.data[from + col];
    for (let other = 0, at = 0; other < fit.rows; other++) {
      let dot = 0;
      for (let col = 0; col < fit.cols; col++, at++) dot += x.data[from + col] * fit.data[at];
      const total = norm + norms[other];
      const plain = Math.max(total - 2 * dot, 0);
      out[other] =
        order === undefined
          ? plain
          : refineDistance(plain, total, x.data, from, fit.data, other * fit.cols, fit.cols, order);
    }
    return out;
  };
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
  const all = bruteDistances(fit, metric, order, tree === undefined && expands);
  // before 1.1, and since then for what its own search does not take, numpy.argpartition chooses
  const partitions =
    tree === undefined &&
    (!recent || (dense !== undefined && dense.dtype.kind !== 'f') || PARTITIONED.has(metric.name));
  let heap = new NeighborHeap(1);

  return {
    rows: fit.rows,
    cols: fit.cols,
    nearest(x, row, count) {
      if (partitions) return partition(all(x, row), count, metric);
      if (heap.distances.length !== count) heap = new NeighborHeap(count);
      else heap.clear();
      if (tree !== undefined) tree.nearest(x.data, row * fit.cols, heap);
      else pushAll(all(x, row), heap);
      return { indices: heap.indices, distances: heap.distances.map(metric.toDistance) };
    },
    within(x, row, radius) {
      const limit = metric.toReduced(radius);
      const distances = all(x, row);
      const indices = Int32Array.from(distances.keys()).filter((index) => distances[index] <= limit);
      return { indices, distances: Float64Array.from(indices, (index) => metric.toDistance(distances[index])) };
    },
  };
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

import type { Matrix } from '../estimator.ts';
import { refineDistance, roundedDistance } from '../expanded-distances.ts';
import type { Dense } from '../fitted.ts';
import { squaredNorms } from '../matrix-product.ts';
import type { NormOrder } from '../rounded-products.ts';
import type { Metric } from './metric.ts';

/** Reduced distances of one row to all fitted rows, in a buffer that the next call overwrites. */
export interface BruteDistances {
  /** Cheaply; `slack` is how far two of them may lie apart and yet be equal to the library. */
  distances(x: Matrix, row: number): { readonly distances: Float64Array; readonly slack: number };
  /** Rounded as the library rounds them, where its rounding decides between equals. */
  rounded(x: Matrix, row: number): Float64Array;
}

/**
 * Brute force over Euclidean distances expands the square, |x|² − 2x·y + |y|², as the library does; its trees and other
 * metrics take differences. The rounding differs where rows nearly coincide, and shows in weights by distance.
 * @param order of the norms' sums; undefined for sparse rows, which the library sums one by one.
 */
export function bruteDistances(
  fit: Dense,
  metric: Metric,
  order: NormOrder | undefined,
  expanded: boolean,
): BruteDistances {
  return expanded ? expandedDistances(fit, order) : metricDistances(fit, metric);
}

function metricDistances(fit: Dense, metric: Metric): BruteDistances {
  const out = new Float64Array(fit.rows);
  const all = (x: Matrix, row: number) => {
    for (let other = 0; other < fit.rows; other++) {
      out[other] = metric.reduced(x.data, row * fit.cols, fit.data, other * fit.cols);
    }
    return out;
  };
  return { distances: (x, row) => ({ distances: all(x, row), slack: 0 }), rounded: all };
}

function expandedDistances(fit: Dense, order: NormOrder | undefined): BruteDistances {
  const out = new Float64Array(fit.rows);
  const { cols, data } = fit;
  const norms = squaredNorms(fit);
  const largest = norms.reduce((most, norm) => Math.max(most, norm), 0);

  function plain(x: Matrix, row: number): number {
    const from = row * cols;
    let norm = 0;
    for (let col = 0; col < cols; col++) norm += x.data[from + col] * x.data[from + col];
    for (let other = 0, at = 0; other < fit.rows; other++) {
      let dot = 0;
      for (let col = 0; col < cols; col++, at++) dot += x.data[from + col] * data[at];
      const total = norm + norms[other];
      const distance = Math.max(total - 2 * dot, 0);
      out[other] =
        order === undefined ? distance : refineDistance(distance, total, x.data, from, data, other * cols, cols, order);
    }
    return norm;
  }

  return {
    distances(x, row) {
      const norm = plain(x, row);
      return { distances: out, slack: 4 * (cols + 4) * Number.EPSILON * (norm + largest) };
    },
    rounded(x, row) {
      if (order === undefined) plain(x, row);
      else {
        for (let other = 0; other < fit.rows; other++) {
          out[other] = roundedDistance(x.data, row * cols, data, other * cols, cols, order);
        }
      }
      return out;
    },
  };
}

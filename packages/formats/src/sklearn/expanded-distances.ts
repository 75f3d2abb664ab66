import type { Matrix, SparseMatrix } from './estimator.ts';
import { versionAtLeast } from './estimator-base.ts';
import type { Dense } from './fitted.ts';
import { squaredNorms, timesTransposed } from './matrix-product.ts';
import { blasDot, type NormOrder, roundedNorm } from './rounded-products.ts';

/** Below this share of the squared norms, the rounding of the sums shows in a distance's twelfth digit. */
const NEAR = 1e-2;

/** The order in which `sklearn.utils.extmath.row_norms` sums, by the numpy of the release's time. */
export function rowNormOrder(version: string | undefined): NormOrder {
  return versionAtLeast(version, 0, 24) ? 'einsum' : 'old einsum';
}

/** |x|² − 2x·y + |y|² of two rows, not below 0, rounded as the library rounds it. */
export function roundedDistance(
  x: Float64Array,
  fromX: number,
  y: Float64Array,
  fromY: number,
  cols: number,
  order: NormOrder,
): number {
  const middle = -2 * blasDot(x, fromX, y, fromY, cols);
  return Math.max(middle + roundedNorm(x, fromX, cols, order) + roundedNorm(y, fromY, cols, order), 0);
}

/** A distance that was computed plainly: rounded as the library rounds it where the rows are near each other. */
export function refineDistance(
  plain: number,
  norms: number,
  x: Float64Array,
  fromX: number,
  y: Float64Array,
  fromY: number,
  cols: number,
  order: NormOrder,
): number {
  return plain > NEAR * norms ? plain : roundedDistance(x, fromX, y, fromY, cols, order);
}

/**
 * Squared Euclidean distances of each row of x to each row of y, expanded as scikit-learn's `euclidean_distances` does.
 */
export function squaredDistances(x: Matrix | SparseMatrix, y: Dense, order: NormOrder): Float64Array {
  const out = timesTransposed(x, y);
  const xx = squaredNorms(x);
  const yy = squaredNorms(y);
  for (let row = 0, at = 0; row < x.rows; row++) {
    for (let other = 0; other < y.rows; other++, at++) {
      const norms = xx[row] + yy[other];
      const plain = Math.max(norms - 2 * out[at], 0);
      out[at] =
        x.kind === 'sparse'
          ? plain
          : refineDistance(plain, norms, x.data, row * y.cols, y.data, other * y.cols, y.cols, order);
    }
  }
  return out;
}

import type { Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { isFloat32 } from '../matrix-product.ts';
import { smallestIndices } from '../neighbors/partition.ts';
import { distanceWeights } from '../neighbors/weights.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import { readMissingTest } from './missing.ts';
import { indicatorMatrix } from './missing-indicator.ts';
import { appendIndicator, readIndicator } from './simple-imputer.ts';

/**
 * `nan_euclidean_distances` of one row with one fitted row: over the coordinates that both have, scaled up to all; NaN
 * where they share none. The library expands the square; so does this, for its rounding decides between near ties.
 */
function nanDistance(x: Float64Array, fromX: number, fit: Float64Array, fromFit: number, cols: number): number {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  let present = 0;
  for (let col = 0; col < cols; col++) {
    const a = x[fromX + col];
    const b = fit[fromFit + col];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    xx += a * a;
    yy += b * b;
    xy += a * b;
    present++;
  }
  if (present === 0) return NaN;
  return Math.sqrt((Math.max(0, xx - 2 * xy + yy) / present) * cols);
}

/** Fills a missing cell with the (weighted) mean of that column over the nearest fitted rows that have it. */
export const knnImputer: EstimatorClass = {
  modules: ['sklearn.impute._knn', 'sklearn.impute'],
  name: 'KNNImputer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const isMissingCell = readMissingTest(fitted);
    if (fitted.text('metric', 'nan_euclidean') !== 'nan_euclidean')
      fitted.unsupported(`metric=${fitted.text('metric')}`);
    const stored = fitted.matrix('_fit_X');
    const { cols } = stored;
    const fit = stored.data.map((value) => (isMissingCell(value) ? NaN : value));
    const neighbors = fitted.number('n_neighbors');
    const weights = fitted.text('weights', 'uniform');
    const donors = Array.from({ length: cols }, (_, col) => rowsWith(fit, stored.rows, cols, col));
    const valid = donors.map((rows) => rows.length > 0);
    const keepEmpty = fitted.flag('keep_empty_features', false);
    const kept = Int32Array.from(valid.keys()).filter((col) => keepEmpty || valid[col]);
    // up to 1.5, uniform weights also counted donors at an unknown distance
    const countUnknown = weights === 'uniform' && !versionAtLeast(context.version, 1, 6);
    // These are the mean of what the rows in training hold, in their dtype; weights are float64.
    const round = countUnknown && isFloat32(fitted.array('_fit_X')) ? Math.fround : Number;
    const indicator = readIndicator(fitted, cols);
    const base = estimatorBase(fitted, 'transformer', cols);

    function impute(distances: Float64Array, col: number): number {
      const candidates = donors[col];
      const near = candidates.map((row) => distances[row]);
      if (near.every((value) => Number.isNaN(value))) return mean(candidates, fit, cols, col);
      const chosen = smallestIndices(Float64Array.from(near), Math.min(neighbors, candidates.length));
      const chosenDistances = Float64Array.from(chosen, (index) => near[index]);
      const weight = distanceWeights(weights, chosenDistances);
      let sum = 0;
      let total = 0;
      chosen.forEach((index, at) => {
        const factor = !countUnknown && Number.isNaN(chosenDistances[at]) ? 0 : weight[at];
        sum = round(sum + factor * fit[candidates[index] * cols + col]);
        total += factor;
      });
      return round(sum / total);
    }

    return {
      ...base,
      featureNamesOut: (input) => [
        ...input.filter((_, col) => valid[col]),
        ...Array.from(indicator ?? [], (feature) => `missingindicator_${input[feature]}`),
      ],
      transform(table: Table): Table {
        const x = toMatrix(table, base.className, cols);
        requireFinite(x, base.className, true);
        const data = x.data.map((value) => (isMissingCell(value) ? NaN : value));
        const out = data.slice();
        const distances = new Float64Array(stored.rows);
        for (let row = 0; row < x.rows; row++) {
          const gaps = missingColumns(data, row, cols).filter((col) => valid[col]);
          if (gaps.length === 0) continue;
          for (let other = 0; other < stored.rows; other++) {
            distances[other] = nanDistance(data, row * cols, fit, other * cols, cols);
          }
          for (const col of gaps) out[row * cols + col] = impute(distances, col);
        }
        const result = pickColumns(x, out, kept, valid);
        if (indicator === undefined) return result;
        const masks = Array.from({ length: cols }, (_, col) =>
          Uint8Array.from({ length: x.rows }, (_row, row) => (Number.isNaN(data[row * cols + col]) ? 1 : 0)),
        );
        return appendIndicator(result, indicatorMatrix(masks, indicator, x.rows));
      },
    };
  },
};

function rowsWith(data: Float64Array, rows: number, cols: number, col: number): number[] {
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !Number.isNaN(data[row * cols + col]));
}

function missingColumns(data: Float64Array, row: number, cols: number): number[] {
  const gaps: number[] = [];
  for (let col = 0; col < cols; col++) if (Number.isNaN(data[row * cols + col])) gaps.push(col);
  return gaps;
}

function mean(rows: readonly number[], data: Float64Array, cols: number, col: number): number {
  return rows.reduce((sum, row) => sum + data[row * cols + col], 0) / rows.length;
}

function pickColumns(x: Matrix, data: Float64Array, kept: Int32Array, valid: readonly boolean[]): Matrix {
  const out = new Float64Array(x.rows * kept.length);
  for (let row = 0; row < x.rows; row++) {
    kept.forEach((col, index) => {
      out[row * kept.length + index] = valid[col] ? data[row * x.cols + col] : 0;
    });
  }
  return matrixLike(x, x.rows, kept.length, out);
}

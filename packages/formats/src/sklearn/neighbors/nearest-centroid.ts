import type { Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { softmaxRows } from '../linear/probability.ts';
import { logSumExpRows } from '../matrix-product.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { readMetric } from './metric.ts';

/** Distances [rows, centroids] by the fitted metric. */
function readDistances(
  fitted: Fitted,
  cols: number,
  version: string | undefined,
): (x: Matrix, centroids: Dense) => Float64Array {
  const metric = readMetric(fitted, cols, version);
  const order = rowNormOrder(version);
  if (metric.name === 'euclidean') return (x, centroids) => squaredDistances(x, centroids, order).map(Math.sqrt);
  return (x, centroids) =>
    Float64Array.from({ length: x.rows * centroids.rows }, (_, at) => {
      const row = Math.floor(at / centroids.rows);
      return metric.toDistance(metric.reduced(x.data, row * cols, centroids.data, (at % centroids.rows) * cols));
    });
}

/**
 * The class of the nearest centroid; since 1.6, where the priors differ, the class of the best discriminant score, and
 * probabilities from those scores, which only the Euclidean metric has.
 */
export const nearestCentroid: EstimatorClass = {
  modules: ['sklearn.neighbors._nearest_centroid', 'sklearn.neighbors.nearest_centroid', 'sklearn.neighbors'],
  name: 'NearestCentroid',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const centroids = fitted.matrix('centroids_');
    const { rows: count, cols } = centroids;
    const classes = fitted.array('classes_');
    if (classes.size !== count) fitted.corrupt('"centroids_" does not fit its classes');
    const distances = readDistances(fitted, cols, context.version);
    const checked = (table: Table): Matrix => {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      return x;
    };
    const byDistance = (table: Table) => {
      const nearness = distances(checked(table), centroids).map((distance) => -distance);
      return takeLabels(classes, argmaxRows(nearness, table.rows, count));
    };
    const base = { ...estimatorBase(fitted, 'classifier', cols), classes: [classes] };
    if (!fitted.has('class_prior_')) return { ...base, predict: byDistance };

    const prior = fitted.vector(count, 'class_prior_');
    const spread = fitted.vector(cols, 'within_class_std_dev_').map((value) => (value === 0 ? 1 : value));
    const divide = (data: Float64Array) => data.map((value, at) => value / spread[at % cols]);
    const scaled = { ...centroids, data: divide(centroids.data) };

    function scores(table: Table): Float64Array {
      const x = checked(table);
      return distances({ ...x, data: divide(x.data) }, scaled).map(
        (distance, at) => -(distance ** 2) + 2 * Math.log(prior[at % count]),
      );
    }

    const uniform = prior.every((value) => Math.abs(value - 1 / count) <= 1e-8 + 1e-5 / count);
    function decisionFunction(table: Table) {
      const all = scores(table);
      if (count !== 2) return floats([table.rows, count], all);
      return floats(
        [table.rows],
        Float64Array.from({ length: table.rows }, (_, row) => all[2 * row + 1] - all[2 * row]),
      );
    }

    function predictLogProba(table: Table) {
      const all = scores(table);
      const norm = logSumExpRows(all, table.rows, count);
      return floats(
        [table.rows, count],
        all.map((value, at) => value - norm[Math.floor(at / count)]),
      );
    }

    const predict = uniform
      ? byDistance
      : (table: Table) => takeLabels(classes, argmaxRows(scores(table), table.rows, count));
    if (fitted.text('metric', 'euclidean') !== 'euclidean') return { ...base, predict };
    const predictProba = (table: Table) => floats([table.rows, count], softmaxRows(scores(table), table.rows, count));
    return { ...base, predict, decisionFunction, predictProba, predictLogProba };
  },
};

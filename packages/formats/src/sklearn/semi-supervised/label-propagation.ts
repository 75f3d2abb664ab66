import { PyObject } from '../../pickle/values.ts';
import { matrix } from '../dense.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { Fitted } from '../fitted.ts';
import { timesTransposed, transpose } from '../matrix-product.ts';
import { readSearch } from '../neighbors/neighbor-search.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';

/** The label distributions of the training rows, weighted by nearness: an rbf kernel, or the k nearest. */
function labelPropagation(name: string): EstimatorClass {
  return {
    modules: [
      'sklearn.semi_supervised._label_propagation',
      'sklearn.semi_supervised.label_propagation',
      'sklearn.semi_supervised',
    ],
    name,
    build(object, context): Estimator {
      const fitted = new Fitted(object);
      const fit = fitted.matrix('X_');
      const distributions = fitted.matrix('label_distributions_');
      const classes = fitted.array('classes_');
      const count = classes.size;
      if (distributions.rows !== fit.rows || distributions.cols !== count)
        fitted.corrupt('"label_distributions_" does not fit');
      const kernel = fitted.text('kernel', 'rbf');
      if (kernel !== 'rbf' && kernel !== 'knn') fitted.unsupported(`kernel="${kernel}"`);
      const gamma = fitted.numberOr(20, 'gamma');
      const byClass = transpose(distributions);
      const neighbors = fitted.raw('nn_fit');
      const search =
        kernel === 'knn' && neighbors instanceof PyObject
          ? readSearch(new Fitted(neighbors), context.version)
          : undefined;
      if (kernel === 'knn' && search === undefined) fitted.corrupt('"nn_fit" is missing');
      const nearest = fitted.numberOr(7, 'n_neighbors');

      function sums(table: Table): Float64Array {
        const x = toMatrix(table, name, fit.cols);
        requireFinite(x, name);
        if (search === undefined) {
          const weights = squaredDistances(x, fit, rowNormOrder(context.version)).map((value) =>
            Math.exp(-gamma * value),
          );
          return timesTransposed(matrix(x.rows, fit.rows, weights), byClass);
        }
        const out = new Float64Array(x.rows * count);
        for (let row = 0; row < x.rows; row++) {
          for (const index of search.nearest(x, row, Math.min(nearest, fit.rows)).indices) {
            for (let col = 0; col < count; col++) out[row * count + col] += distributions.data[index * count + col];
          }
        }
        return out;
      }

      function probabilities(table: Table): Float64Array {
        const out = sums(table);
        for (let row = 0; row < table.rows; row++) {
          const own = out.subarray(row * count, (row + 1) * count);
          const total = own.reduce((sum, value) => sum + value, 0);
          for (let col = 0; col < count; col++) own[col] /= total;
        }
        return out;
      }

      return {
        ...estimatorBase(fitted, 'classifier', fit.cols),
        classes: [classes],
        predict: (x) => takeLabels(classes, argmaxRows(probabilities(x), x.rows, count)),
        predictProba: (x) => floats([x.rows, count], probabilities(x)),
      };
    },
  };
}

export const labelPropagationClasses: readonly EstimatorClass[] = [
  labelPropagation('LabelPropagation'),
  labelPropagation('LabelSpreading'),
];

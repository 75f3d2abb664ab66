import { invalidInput } from '@berth/inference';
import type { EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { timesTransposed } from '../matrix-product.ts';
import { requireFinite, toMatrix, toNumbers } from '../numbers.ts';
import { naiveBayes } from './joint-likelihood.ts';

function input(table: Table, fitted: Fitted, cols: number): Matrix | SparseMatrix {
  const x = toNumbers(table, fitted.className, cols);
  requireFinite(x, fitted.className);
  return x;
}

/** `x @ weights.T + offset`. */
function linear(x: Matrix | SparseMatrix, weights: Dense, offset: Float64Array): Float64Array {
  const out = timesTransposed(x, weights);
  for (let at = 0; at < out.length; at++) out[at] += offset[at % weights.rows];
  return out;
}

function discrete(
  name: string,
  build: (fitted: Fitted, logProbabilities: Dense) => ReturnType<EstimatorClass['build']>,
) {
  return {
    modules: ['sklearn.naive_bayes'],
    name,
    build(object) {
      const fitted = new Fitted(object);
      return build(fitted, fitted.matrix('feature_log_prob_'));
    },
  } satisfies EstimatorClass;
}

const multinomialNB = discrete('MultinomialNB', (fitted, logs) => {
  const prior = fitted.vector(logs.rows, 'class_log_prior_');
  return naiveBayes(fitted, logs.rows, logs.cols, (table) => linear(input(table, fitted, logs.cols), logs, prior));
});

const complementNB = discrete('ComplementNB', (fitted, logs) => {
  const prior = logs.rows === 1 ? fitted.vector(1, 'class_log_prior_') : new Float64Array(logs.rows);
  return naiveBayes(fitted, logs.rows, logs.cols, (table) => linear(input(table, fitted, logs.cols), logs, prior));
});

const bernoulliNB = discrete('BernoulliNB', (fitted, logs) => {
  const prior = fitted.vector(logs.rows, 'class_log_prior_');
  const absent = logs.data.map((value) => Math.log(1 - Math.exp(value)));
  const weights = { ...logs, data: logs.data.map((value, at) => value - absent[at]) };
  const offset = prior.map((value, index) => {
    let sum = 0;
    for (let col = 0; col < logs.cols; col++) sum += absent[index * logs.cols + col];
    return value + sum;
  });
  const threshold = fitted.raw('binarize') === null ? undefined : fitted.numberOr(0, 'binarize');
  return naiveBayes(fitted, logs.rows, logs.cols, (table) => {
    const x = input(table, fitted, logs.cols);
    if (threshold === undefined) return linear(x, weights, offset);
    if (x.kind === 'sparse' && threshold < 0) {
      throw invalidInput('BernoulliNB cannot binarize a sparse matrix with threshold < 0');
    }
    return linear({ ...x, data: x.data.map((value) => (value > threshold ? 1 : 0)) }, weights, offset);
  });
});

/** One table of category probabilities for each feature; the categories are the whole numbers from 0. */
const categoricalNB: EstimatorClass = {
  modules: ['sklearn.naive_bayes'],
  name: 'CategoricalNB',
  build(object) {
    const fitted = new Fitted(object);
    const tables = fitted.list('feature_log_prob_').map((value) => fitted.toDense(value, 'feature_log_prob_'));
    const prior = fitted.floats('class_log_prior_');
    const classes = prior.length;
    if (tables.some((one) => one.rows !== classes)) fitted.corrupt('"feature_log_prob_" does not fit its classes');
    const cols = tables.length;
    return naiveBayes(fitted, classes, cols, (table) => {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      const out = new Float64Array(x.rows * classes);
      for (let row = 0; row < x.rows; row++) {
        for (let col = 0; col < cols; col++) {
          const code = Math.trunc(x.data[row * cols + col]);
          const known = tables[col].cols;
          if (code < 0 || code >= known) {
            throw invalidInput(
              `CategoricalNB: row ${row}, column ${col} is category ${code}; known are 0 to ${known - 1}`,
            );
          }
          for (let index = 0; index < classes; index++)
            out[row * classes + index] += tables[col].data[index * known + code];
        }
      }
      for (let at = 0; at < out.length; at++) out[at] += prior[at % classes];
      return out;
    });
  },
};

export const discreteNBClasses: readonly EstimatorClass[] = [multinomialNB, complementNB, bernoulliNB, categoricalNB];

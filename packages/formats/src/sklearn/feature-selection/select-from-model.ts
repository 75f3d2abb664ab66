import { PyObject } from '../../pickle/values.ts';
import type { EstimatorClass } from '../estimator.ts';
import { Fitted, scalarNumber } from '../fitted.ts';
import { type Importances, readImportances } from './importances.ts';
import { selector } from './selector.ts';
import { takesMissing } from './takes-missing.ts';

function scoresOf({ rows, cols, data, flat }: Importances, order: number): Float64Array {
  if (flat) return data.map(Math.abs);
  return Float64Array.from({ length: cols }, (_, col) => {
    const column = Array.from({ length: rows }, (_row, row) => Math.abs(data[row * cols + col]));
    if (order === 1) return column.reduce((sum, value) => sum + value, 0);
    if (order === Infinity) return Math.max(...column);
    if (order === -Infinity) return Math.min(...column);
    if (order === 2) return Math.sqrt(column.reduce((sum, value) => sum + value * value, 0));
    return column.reduce((sum, value) => sum + value ** order, 0) ** (1 / order);
  });
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const near = (value: number | undefined, wanted: number) =>
  value !== undefined && Math.abs(value - wanted) <= 1e-8 + 1e-5 * Math.abs(wanted);

/** Estimators that zero coefficients keep what is above 1e-5; the rest what is above the mean. */
function isSparsePenalty(estimator: Fitted): boolean {
  const { className } = estimator;
  if (estimator.raw('penalty') === 'l1' || className.includes('Lasso')) return true;
  if (className === 'ElasticNet' || className === 'LogisticRegression')
    return near(scalarNumber(estimator.raw('l1_ratio')), 1);
  if (className === 'ElasticNetCV') return near(scalarNumber(estimator.raw('l1_ratio_')), 1);
  if (className !== 'LogisticRegressionCV') return false;
  const ratios = estimator.floatsOr('l1_ratio_');
  return ratios !== undefined && ratios.length > 0 && ratios.every((ratio) => near(ratio, 1));
}

function thresholdOf(fitted: Fitted, estimator: Fitted, scores: Float64Array): number {
  let threshold = fitted.raw('threshold');
  if (threshold === undefined || threshold === null) threshold = isSparsePenalty(estimator) ? 1e-5 : 'mean';
  if (typeof threshold !== 'string') return scalarNumber(threshold) ?? fitted.number('threshold');
  const parts = threshold.split('*').map((part) => part.trim());
  const [factor, reference] = parts.length === 2 ? [Number(parts[0]), parts[1]] : [1, parts[0]];
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length;
  const base = reference === 'mean' ? mean : reference === 'median' ? median(scores) : undefined;
  if (base === undefined || Number.isNaN(factor)) fitted.unsupported(`threshold="${threshold}"`);
  return factor * base;
}

/** The features whose importance in a fitted estimator reaches a threshold. */
export const selectFromModel: EstimatorClass = {
  modules: [
    'sklearn.feature_selection._from_model',
    'sklearn.feature_selection.from_model',
    'sklearn.feature_selection',
  ],
  name: 'SelectFromModel',
  build(object, { version }) {
    const fitted = new Fitted(object);
    const inner = fitted.raw('estimator_') ?? fitted.raw('estimator');
    if (!(inner instanceof PyObject)) fitted.corrupt('it has no fitted estimator');
    const estimator = new Fitted(inner as PyObject);
    const order = fitted.numberOr(1, 'norm_order');
    const scores = scoresOf(readImportances(fitted, estimator), order);
    const threshold = thresholdOf(fitted, estimator, scores);
    const limit = scalarNumber(fitted.raw('max_features_') ?? fitted.raw('max_features'));
    const best = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
    const allowed = new Set(best.slice(0, limit ?? scores.length));
    const mask = Array.from(scores, (score, column) => allowed.has(column) && !(score < threshold));
    return selector(fitted, mask, takesMissing(fitted.raw('estimator'), version));
  },
};

import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { floats } from '../results.ts';
import { linearProduct, readWeights } from './product.ts';

/** `X @ coef_.T + intercept_`, then `link` on every value (sklearn `linear_model/_base.py`, LinearModel.predict). */
export function linearRegressor(attributes: Attributes, link?: (value: number) => number): Estimator {
  const weights = readWeights(attributes);
  const { className } = attributes;
  // One target as a list gives a flat coef_ and a flat answer; as a table of one column it gives both as tables.
  const flat = attributes.array('coef_').shape.length === 1;
  return {
    className,
    kind: 'regressor',
    nFeaturesIn: weights.features,
    ...attributes.inputFacts(),
    outputs: weights.outputs,
    predict: (x: Table): NdArray => {
      const { data, rows, float32 } = linearProduct(x, weights, className);
      if (link !== undefined) for (let i = 0; i < data.length; i++) data[i] = link(data[i]);
      return floats(flat ? [rows] : [rows, weights.outputs], data, float32);
    },
  };
}

function regressor(name: string, ...modules: string[]): EstimatorClass {
  return {
    modules: modules.map((module) => `sklearn.${module}`),
    name,
    build: (object) => linearRegressor(new Attributes(object)),
  };
}

const CD = ['linear_model._coordinate_descent', 'linear_model.coordinate_descent'];
const LARS = ['linear_model._least_angle', 'linear_model.least_angle'];
const OMP = ['linear_model._omp', 'linear_model.omp'];
const BAYES = ['linear_model._bayes', 'linear_model.bayes'];
const RIDGE = ['linear_model._ridge', 'linear_model.ridge'];

/** Regressors that differ in how they are fitted, not in how they predict. */
export const REGRESSORS: readonly EstimatorClass[] = [
  regressor('LinearRegression', 'linear_model._base', 'linear_model.base'),
  regressor('Ridge', ...RIDGE),
  regressor('RidgeCV', ...RIDGE),
  ...['Lasso', 'LassoCV', 'ElasticNet', 'ElasticNetCV'].map((name) => regressor(name, ...CD)),
  ...['MultiTaskLasso', 'MultiTaskLassoCV', 'MultiTaskElasticNet', 'MultiTaskElasticNetCV'].map((name) =>
    regressor(name, ...CD),
  ),
  ...['Lars', 'LarsCV', 'LassoLars', 'LassoLarsCV', 'LassoLarsIC'].map((name) => regressor(name, ...LARS)),
  ...['OrthogonalMatchingPursuit', 'OrthogonalMatchingPursuitCV'].map((name) => regressor(name, ...OMP)),
  ...['BayesianRidge', 'ARDRegression'].map((name) => regressor(name, ...BAYES)),
  regressor('HuberRegressor', 'linear_model._huber', 'linear_model.huber'),
  regressor('TheilSenRegressor', 'linear_model._theil_sen', 'linear_model.theil_sen'),
  regressor('QuantileRegressor', 'linear_model._quantile'),
  regressor('SGDRegressor', 'linear_model._stochastic_gradient', 'linear_model.stochastic_gradient'),
  regressor('PassiveAggressiveRegressor', 'linear_model._passive_aggressive', 'linear_model.passive_aggressive'),
  regressor('LinearSVR', 'svm._classes', 'svm.classes'),
];

import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { argmaxRows, floats, logOf, takeLabels } from '../results.ts';
import { normaliseOneVsRest, softmaxRows } from './probability.ts';
import { linearProduct, readWeights } from './product.ts';

/** Solvers and versions under which `multi_class='auto'` means one-vs-rest. */
function isMultinomial(attributes: Attributes, classCount: number): boolean {
  const setting = attributes.object.get('multi_class');
  const solver = attributes.object.get('solver') ?? 'lbfgs';
  if (setting === 'multinomial') return true;
  // Before 0.22 the default was "warn", which meant "ovr"; "ovr" and the still older default mean the same.
  if (setting === 'ovr' || setting === 'warn') return false;
  // 'auto', 'deprecated' (1.5 to 1.7) and absent (1.8 on): multinomial, but liblinear can not, and two classes are one column.
  return classCount > 2 && solver !== 'liblinear';
}

/**
 * LogisticRegression and LogisticRegressionCV (sklearn `linear_model/_logistic.py`, `predict_proba`): softmax where the fit
 * was multinomial, else a logistic curve a class, normalised.
 */
function build(className: string): EstimatorClass['build'] {
  return (object): Estimator => {
    const attributes = new Attributes(object);
    const weights = readWeights(attributes);
    const classes = attributes.array('classes_');
    const classCount = classes.size;
    const binary = weights.outputs === 1;
    if (binary ? classCount !== 2 : weights.outputs !== classCount)
      throw attributes.corrupt('coef_', 'does not fit classes_');
    const multinomial = isMultinomial(attributes, classCount);

    const scores = (x: Table) => linearProduct(x, weights, className);
    const predictProba = (x: Table): NdArray => {
      const { data, rows, float32 } = scores(x);
      let proba: Float64Array;
      if (!multinomial) proba = normaliseOneVsRest(data, rows, weights.outputs);
      else if (binary) {
        // Multinomial with two classes has one column of weights: the scores are (-s, s).
        const both = new Float64Array(rows * 2);
        for (let i = 0; i < rows; i++) {
          both[2 * i] = -data[i];
          both[2 * i + 1] = data[i];
        }
        proba = softmaxRows(both, rows, 2);
      } else proba = softmaxRows(data, rows, classCount);
      return floats([rows, classCount], proba, float32);
    };
    return {
      className,
      kind: 'classifier',
      nFeaturesIn: weights.features,
      ...attributes.inputFacts(),
      classes: [classes],
      decisionFunction: (x) => {
        const { data, rows, float32 } = scores(x);
        return floats(binary ? [rows] : [rows, weights.outputs], data, float32);
      },
      predict: (x) => {
        const { data, rows } = scores(x);
        if (!binary) return takeLabels(classes, argmaxRows(data, rows, weights.outputs));
        const indices = new Int32Array(rows);
        for (let i = 0; i < rows; i++) indices[i] = data[i] > 0 ? 1 : 0;
        return takeLabels(classes, indices);
      },
      predictProba,
      predictLogProba: (x) => logOf(predictProba(x)),
    };
  };
}

const MODULES = ['sklearn.linear_model._logistic', 'sklearn.linear_model.logistic'];

export const logisticRegression: EstimatorClass = {
  modules: MODULES,
  name: 'LogisticRegression',
  build: build('LogisticRegression'),
};

export const logisticRegressionCv: EstimatorClass = {
  modules: MODULES,
  name: 'LogisticRegressionCV',
  build: build('LogisticRegressionCV'),
};

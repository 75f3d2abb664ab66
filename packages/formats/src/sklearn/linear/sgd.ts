import { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { EstimatorClass, Table } from '../estimator.ts';
import { floats } from '../results.ts';
import { linearClassifier, type Probability } from './classifier.ts';
import { normaliseOneVsRest } from './probability.ts';
import { linearProduct, readWeights } from './product.ts';

const MODULES = ['sklearn.linear_model._stochastic_gradient', 'sklearn.linear_model.stochastic_gradient'];

/** `loss='modified_huber'`: (clip(score, -1, 1) + 1) / 2, each row normalised; a row of zeros becomes uniform. */
const modifiedHuber: Probability = (scores, rows, outputs) => {
  const half = (score: number) => (Math.min(1, Math.max(-1, score)) + 1) / 2;
  if (outputs === 1) {
    const out = new Float64Array(rows * 2);
    for (let i = 0; i < rows; i++) {
      out[2 * i + 1] = half(scores[i]);
      out[2 * i] = 1 - out[2 * i + 1];
    }
    return out;
  }
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) {
      const p = half(scores[i * outputs + k]);
      scores[i * outputs + k] = p;
      sum += p;
    }
    for (let k = 0; k < outputs; k++) scores[i * outputs + k] = sum === 0 ? 1 / outputs : scores[i * outputs + k] / sum;
  }
  return scores;
};

const PROBABILITIES: ReadonlyMap<string, Probability> = new Map([
  ['log', normaliseOneVsRest],
  ['log_loss', normaliseOneVsRest],
  ['modified_huber', modifiedHuber],
]);

/** SGDClassifier has probabilities for two losses only (sklearn `linear_model/_stochastic_gradient.py`, `predict_proba`). */
const sgdClassifier: EstimatorClass = {
  modules: MODULES,
  name: 'SGDClassifier',
  build: (object) => {
    const attributes = new Attributes(object);
    return linearClassifier(
      attributes,
      attributes.array('classes_'),
      PROBABILITIES.get(attributes.text('loss', 'hinge')),
      readWeights(attributes),
    );
  },
};

/** Outlier detection by a plane: 1 inside, -1 outside, as int32. */
const sgdOneClassSvm: EstimatorClass = {
  modules: MODULES,
  name: 'SGDOneClassSVM',
  build: (object) => {
    const attributes = new Attributes(object);
    const { className } = attributes;
    const weights = readWeights(attributes, 'coef_', 'offset_');
    for (let k = 0; k < weights.outputs; k++) weights.intercept[k] *= -1;
    return {
      className,
      kind: 'outlier',
      nFeaturesIn: weights.features,
      ...attributes.inputFacts(),
      decisionFunction: (x: Table) => {
        const { data, rows, float32 } = linearProduct(x, weights, className);
        return floats([rows], data, float32);
      },
      predict: (x: Table) => {
        const { data, rows } = linearProduct(x, weights, className);
        const labels = Int32Array.from(data, (score) => (score >= 0 ? 1 : -1));
        return new NdArray({ kind: 'i', itemSize: 4 }, [rows], labels);
      },
    };
  },
};

export const SGD: readonly EstimatorClass[] = [sgdClassifier, sgdOneClassSvm];

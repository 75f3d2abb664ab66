import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { isAtLeast } from '../version.ts';
import { linearClassifier, type Probability } from './classifier.ts';
import { normaliseOneVsRest, softmaxRows } from './probability.ts';

/** Whether the fit was multinomial: by `multi_class`, whose default changed in 0.22 and which 1.8 took away. */
function isMultinomial(attributes: Attributes, classCount: number, version: string | undefined): boolean {
  const setting = attributes.object.get('multi_class');
  const solver = attributes.object.get('solver') ?? 'lbfgs';
  if (setting === 'multinomial') return true;
  // Before 0.22 the default was "warn", which meant "ovr".
  if (setting === 'ovr' || setting === 'warn') return false;
  // 'auto', 'deprecated' (1.5 to 1.7) and absent: multinomial, but for the solvers that could not.
  if (solver === 'newton-cholesky' && !isAtLeast(version, 1, 6)) return false;
  return classCount > 2 && solver !== 'liblinear';
}

/** Softmax; a multinomial fit of two classes has one row of weights, whose scores are (-s, s). */
const multinomial: Probability = (scores, rows, outputs, float32) => {
  if (outputs > 1) return softmaxRows(scores, rows, outputs, float32);
  const both = new Float64Array(rows * 2);
  for (let i = 0; i < rows; i++) {
    both[2 * i] = -scores[i];
    both[2 * i + 1] = scores[i];
  }
  return softmaxRows(both, rows, 2, float32);
};

/** LogisticRegression and LogisticRegressionCV (sklearn `linear_model/_logistic.py`, `predict_proba`). */
function logistic(name: string): EstimatorClass {
  return {
    modules: ['sklearn.linear_model._logistic', 'sklearn.linear_model.logistic'],
    name,
    build: (object, context) => {
      const attributes = new Attributes(object);
      const classes = attributes.array('classes_');
      return linearClassifier(
        attributes,
        classes,
        isMultinomial(attributes, classes.size, context.version) ? multinomial : normaliseOneVsRest,
      );
    },
  };
}

export const LOGISTIC: readonly EstimatorClass[] = [logistic('LogisticRegression'), logistic('LogisticRegressionCV')];

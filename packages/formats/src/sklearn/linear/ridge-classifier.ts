import type { PyObject } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass } from '../estimator.ts';
import { floats, int64s } from '../results.ts';
import { linearClassifier } from './classifier.ts';
import { linearProduct, readWeights } from './product.ts';

/** RidgeClassifier and RidgeClassifierCV: the classes are those of the label binarizer (sklearn `linear_model/_ridge.py`). */
function build(object: PyObject): Estimator {
  const attributes = new Attributes(object);
  const binarizer = new Attributes(attributes.object_('_label_binarizer'));
  const classes = binarizer.array('classes_');
  const multilabel = String(binarizer.object.get('y_type_')).startsWith('multilabel');
  if (!multilabel) return linearClassifier(attributes, classes);
  const weights = readWeights(attributes);
  const { className } = attributes;
  return {
    className,
    kind: 'classifier',
    nFeaturesIn: weights.features,
    ...attributes.inputFacts(),
    outputs: weights.outputs,
    decisionFunction: (x) => {
      const { data, rows, float32 } = linearProduct(x, weights, className);
      return floats([rows, weights.outputs], data, float32);
    },
    predict: (x) => {
      const { data, rows } = linearProduct(x, weights, className);
      return int64s(
        [rows, weights.outputs],
        Int8Array.from(data, (score) => (score > 0 ? 1 : 0)),
      );
    },
  };
}

export const RIDGE_CLASSIFIERS: readonly EstimatorClass[] = ['RidgeClassifier', 'RidgeClassifierCV'].map((name) => ({
  modules: ['sklearn.linear_model._ridge', 'sklearn.linear_model.ridge'],
  name,
  build,
}));

import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { takeLabels } from '../results.ts';
import { binaryScores } from './binary-scores.ts';
import { buildAll, inputOf } from './multi-output.ts';

/** sklearn `multiclass.py`, OutputCodeClassifier: the class whose code is nearest to the estimators' scores. */
export const outputCode: EstimatorClass = {
  modules: ['sklearn.multiclass'],
  name: 'OutputCodeClassifier',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const classes = attributes.array('classes_');
    const estimators = buildAll(attributes, 'estimators_', context);
    const bits = estimators.length;
    const codes = attributes.floats('code_book_');
    if (codes.length !== bits * classes.size) throw attributes.corrupt('code_book_', 'does not fit classes_');
    return {
      className: 'OutputCodeClassifier',
      kind: 'classifier',
      ...inputOf(estimators[0]),
      ...attributes.inputFacts(),
      classes: [classes],
      predict: (x) => {
        const scores = estimators.map((estimator) => binaryScores(estimator, x));
        const nearest = new Int32Array(x.rows);
        for (let i = 0; i < x.rows; i++) {
          let best = Infinity;
          for (let c = 0; c < classes.size; c++) {
            let distance = 0;
            for (let k = 0; k < bits; k++) distance += (scores[k][i] - codes[c * bits + k]) ** 2;
            if (distance < best) {
              best = distance;
              nearest[i] = c;
            }
          }
        }
        return takeLabels(classes, nearest);
      },
    };
  },
};

import { LoadError } from '@berth/inference';
import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { floats } from '../results.ts';
import { columnOf } from './targets.ts';

/** One score a row (sklearn `multiclass.py`, `_predict_binary`): a regressor's answer, decision values, or P(second class). */
export function binaryScores(estimator: Estimator, x: Table): Float64Array {
  if (estimator.kind === 'regressor' && estimator.predict !== undefined) return estimator.predict(x).toFloat64();
  if (estimator.decisionFunction !== undefined) return estimator.decisionFunction(x).toFloat64();
  if (estimator.predictProba !== undefined) return columnOf(estimator.predictProba(x) as NdArray, 1);
  throw new LoadError(
    'UnsupportedModel',
    `${estimator.className} inside a multi-class wrapper has neither scores nor probabilities`,
  );
}

/** The score above which a row belongs to the class. */
export function binaryThreshold(estimator: Estimator): number {
  return estimator.kind !== 'regressor' && estimator.decisionFunction !== undefined ? 0 : 0.5;
}

/** sklearn `multiclass.py`, `_ConstantPredictor`: stands where a class was all or nothing in training. */
export const constantPredictor: EstimatorClass = {
  modules: ['sklearn.multiclass'],
  name: '_ConstantPredictor',
  build: (object) => {
    const [constant] = new Attributes(object).floats('y_');
    const repeat = (x: Table) => floats([x.rows], new Float64Array(x.rows).fill(constant));
    return {
      className: '_ConstantPredictor',
      kind: 'classifier',
      predict: repeat,
      decisionFunction: repeat,
      predictProba: (x) => {
        const data = new Float64Array(x.rows * 2);
        for (let i = 0; i < x.rows; i++) {
          data[2 * i] = 1 - constant;
          data[2 * i + 1] = constant;
        }
        return floats([x.rows, 2], data);
      },
    };
  },
};

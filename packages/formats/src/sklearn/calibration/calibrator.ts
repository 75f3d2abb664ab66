import { PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { readIsotonicCurve } from '../isotonic.ts';
import { logistic } from '../linear/probability.ts';

/** Maps one class's score to its probability before normalisation. */
export type Calibrator = (score: number) => number;

/**
 * `_SigmoidCalibration` or an IsotonicRegression (sklearn `calibration.py`).
 * @throws LoadError for anything else.
 */
export function readCalibrator(value: PyValue, owner: Attributes): Calibrator {
  if (!(value instanceof PyObject)) throw owner.corrupt('calibrators', 'holds something that is no calibrator');
  if (value.type.name === '_SigmoidCalibration') {
    const attributes = new Attributes(value);
    const slope = attributes.number('a_');
    const shift = attributes.number('b_');
    return (score) => logistic(-(slope * score + shift));
  }
  if (value.type.name !== 'IsotonicRegression') throw owner.unsupported(`the calibrator ${value.type.name}`);
  const curve = readIsotonicCurve(value);
  return (score) => curve.at(score);
}

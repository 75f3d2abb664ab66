import { PyObject, type PyValue } from '../../pickle/values.ts';
import { expFloat32 } from '../../xgboost/exp-float32.ts';
import { Attributes } from '../attributes.ts';
import type { BuildContext } from '../estimator.ts';
import { readIsotonicCurve } from '../isotonic.ts';
import { logistic } from '../linear/probability.ts';

/** Maps one class's score, which may be a float32, to its probability before normalisation. */
export type Calibrator = (score: number, isFloat32: boolean) => number;

/**
 * `_SigmoidCalibration` or an IsotonicRegression (sklearn `calibration.py`).
 * @throws LoadError for anything else.
 */
export function readCalibrator(value: PyValue, owner: Attributes, { numpy2 }: BuildContext): Calibrator {
  if (!(value instanceof PyObject)) throw owner.corrupt('calibrators', 'holds something that is no calibrator');
  if (value.type.name === '_SigmoidCalibration') {
    const attributes = new Attributes(value);
    const slope = attributes.number('a_');
    const shift = attributes.number('b_');
    const exact: Calibrator = (score) => logistic(-(slope * score + shift));
    if (numpy2) return exact;
    // numpy 1 computed float32 scores in float32, whatever slope and shift are.
    const [slope4, shift4] = [Math.fround(slope), Math.fround(shift)];
    return (score, isFloat32) => {
      if (!isFloat32) return exact(score, false);
      const exponent = Math.fround(Math.fround(slope4 * score) + shift4);
      return Math.fround(1 / Math.fround(1 + expFloat32(exponent)));
    };
  }
  if (value.type.name !== 'IsotonicRegression') throw owner.unsupported(`the calibrator ${value.type.name}`);
  const curve = readIsotonicCurve(value);
  return (score) => curve.at(score);
}

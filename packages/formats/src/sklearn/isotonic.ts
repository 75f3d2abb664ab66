import { invalidInput } from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import type { PyObject } from '../pickle/values.ts';
import { Attributes } from './attributes.ts';
import { toDense } from './dense.ts';
import type { EstimatorClass } from './estimator.ts';
import { asNumber, renamed } from './renamed.ts';
import { floats } from './results.ts';

/** A fitted isotonic regression as a function of one number; NaN where the model leaves it open. */
export interface IsotonicCurve {
  readonly float32: boolean;
  at(value: number): number;
}

/**
 * Reads the fitted thresholds of an IsotonicRegression (sklearn `isotonic.py`): linear between them, and outside clipped,
 * NaN or refused as `out_of_bounds` says. They were called `_necessary_X_` and `_necessary_y_` before 0.24.
 * @throws LoadError CorruptModel.
 */
export function readIsotonicCurve(object: PyObject): IsotonicCurve {
  const attributes = new Attributes(object);
  const xArray = renamed(object, 'X_thresholds_', '_necessary_X_');
  const yArray = renamed(object, 'y_thresholds_', '_necessary_y_');
  if (!(xArray instanceof NdArray && yArray instanceof NdArray) || xArray.size !== yArray.size || xArray.size < 1) {
    throw attributes.corrupt('X_thresholds_', 'does not fit y_thresholds_');
  }
  const xs = xArray.toFloat64();
  const ys = yArray.toFloat64();
  const float32 = xArray.dtype.itemSize === 4;
  const bounds = object.get('out_of_bounds');
  const low = asNumber(object.get('X_min_')) ?? xs[0];
  const high = asNumber(object.get('X_max_')) ?? xs[xs.length - 1];
  const round = float32 ? Math.fround : (value: number) => value;
  return {
    float32,
    at(raw) {
      let x = round(raw);
      if (bounds === 'clip') x = Math.min(Math.max(x, low), high);
      if (xs.length === 1) return ys[0];
      if (Number.isNaN(x)) return Number.NaN;
      if (x < xs[0] || x > xs[xs.length - 1]) {
        if (bounds !== 'raise') return Number.NaN;
        throw invalidInput(
          `IsotonicRegression was trained on ${xs[0]} to ${xs[xs.length - 1]} and takes nothing outside: ${raw}`,
        );
      }
      return float32 ? interpolateFloat32(xs, ys, x) : interpolate(xs, ys, x);
    },
  };
}

/** `numpy.interp` inside the range: the segment whose left end is the last threshold at most x. */
function interpolate(xs: Float64Array, ys: Float64Array, x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (x === xs[high]) return ys[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  const slope = (ys[high] - ys[low]) / (xs[high] - xs[low]);
  return slope * (x - xs[low]) + ys[low];
}

/** What `scipy.interpolate.interp1d` does for float32, which it leaves to no other: the first threshold at or above x ends the segment. */
function interpolateFloat32(xs: Float64Array, ys: Float64Array, x: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  const end = Math.min(Math.max(low, 1), xs.length - 1);
  const rise = Math.fround(ys[end] - ys[end - 1]);
  const slope = Math.fround(rise / Math.fround(xs[end] - xs[end - 1]));
  return Math.fround(Math.fround(slope * Math.fround(x - xs[end - 1])) + ys[end - 1]);
}

/** `sklearn.isotonic.IsotonicRegression`, of one column. */
export const isotonicRegression: EstimatorClass = {
  modules: ['sklearn.isotonic'],
  name: 'IsotonicRegression',
  build(object) {
    const curve = readIsotonicCurve(object);
    const evaluate = (x: Parameters<typeof toDense>[0]) => {
      const { data, cols } = toDense(x, 'IsotonicRegression');
      if (cols !== 1) throw invalidInput(`IsotonicRegression takes one column, the input has ${cols}`);
      return data.map((value) => curve.at(value));
    };
    return {
      className: 'IsotonicRegression',
      kind: 'regressor',
      nFeaturesIn: 1,
      predict: (x) => floats([x.rows], evaluate(x), curve.float32),
      transform: (x) => ({
        kind: 'matrix',
        rows: x.rows,
        cols: 1,
        data: evaluate(x),
        dtype: curve.float32 ? 'float32' : 'float64',
      }),
      featureNamesOut: () => ['isotonicregression0'],
    };
  },
};

import { float64Array, type NdArray } from '../numpy/ndarray.ts';

/** Elementwise natural logarithm: `predict_log_proba` of the estimators that take `numpy.log` of their probabilities. */
export function logOf(probabilities: NdArray): NdArray {
  return float64Array(probabilities.shape, probabilities.toFloat64().map(Math.log));
}

import type { XgboostBooster, XgboostPredictOptions } from './booster.ts';
import { softmax } from './objective.ts';

/**
 * `XGBClassifier.predict_proba` of a booster: one column for each class, float32. For multi:softmax, whose predictions are
 * classes, the softmax of its sums; for binary:hinge 0 and 1, as the wrapper answers. Undefined for all other objectives.
 */
export function classProbabilities(
  booster: XgboostBooster,
  options: XgboostPredictOptions,
): ((rows: Float32Array, nRows: number) => Float32Array) | undefined {
  switch (booster.objective) {
    case 'binary:logistic':
    case 'binary:hinge':
      return (rows, nRows) => twoColumns(booster.predict(rows, nRows, options).data);
    case 'multi:softprob':
      return (rows, nRows) => booster.predict(rows, nRows, options).data;
    case 'multi:softmax':
      return (rows, nRows) => {
        const { data, cols } = booster.predict(rows, nRows, { ...options, margin: true });
        return softmax(data, cols).data;
      };
    default:
      return undefined;
  }
}

/** The columns 1 − p and p. */
function twoColumns(positive: Float32Array): Float32Array {
  const out = new Float32Array(positive.length * 2);
  for (let row = 0; row < positive.length; row++) {
    out[row * 2] = 1 - positive[row];
    out[row * 2 + 1] = positive[row];
  }
  return out;
}

import { softmaxRows } from '../linear/probability.ts';

/** A fitted classifier's scores: one column where it decides between two classes, else one a class. */
export interface Scores {
  readonly data: Float64Array;
  readonly width: number;
  readonly isFloat32: boolean;
}

/**
 * `_TemperatureScaling.predict` (sklearn `calibration.py`, 1.8): softmax of beta · logits. Scores that look like
 * probabilities, over the whole batch, become their logarithms first; one column s stands for (-s, s).
 */
export function scaleTemperature({ data, width, isFloat32 }: Scores, rows: number, beta: number): Float64Array {
  const own = isFloat32 ? Math.fround : Number;
  const logits = toLogits(data, rows, width, own);
  // A beta that was found for float32 scores is one itself.
  const single = isFloat32 && Math.fround(beta) === beta;
  const both = single ? Math.fround : Number;
  return softmaxRows(
    logits.map((logit) => both(beta * logit)),
    rows,
    Math.max(2, width),
    single,
  );
}

const EPSILON = 1e-12;

function toLogits(scores: Float64Array, rows: number, width: number, own: (value: number) => number): Float64Array {
  if (width > 1)
    return areProbabilities(scores, rows, width) ? scores.map((p) => own(Math.log(own(p + EPSILON)))) : scores;
  const out = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    out[2 * row] = -scores[row];
    out[2 * row + 1] = scores[row];
  }
  return out;
}

function areProbabilities(scores: Float64Array, rows: number, width: number): boolean {
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const value = scores[row * width + k];
      if (!(value >= 0 && value <= 1)) return false;
      sum += value;
    }
    if (!(Math.abs(sum - 1) <= 1e-5)) return false;
  }
  return true;
}

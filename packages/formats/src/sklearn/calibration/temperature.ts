import { softmaxRows } from '../linear/probability.ts';

/**
 * `_TemperatureScaling.predict` (sklearn `calibration.py`, 1.8): softmax of beta · logits. Scores that look like
 * probabilities, over the whole batch, become their logarithms first; one column s stands for (-s, s).
 */
export function scaleTemperature(scores: Float64Array, rows: number, width: number, beta: number): Float64Array {
  const logits = toLogits(scores, rows, width);
  return softmaxRows(
    logits.map((logit) => beta * logit),
    rows,
    Math.max(2, width),
  );
}

const EPSILON = 1e-12;

function toLogits(scores: Float64Array, rows: number, width: number): Float64Array {
  if (width > 1) return areProbabilities(scores, rows, width) ? scores.map((p) => Math.log(p + EPSILON)) : scores;
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

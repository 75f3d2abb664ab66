/** `expit`: 1 / (1 + e^-x). */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Softmax of every row, in place (sklearn `utils/extmath.py`, `softmax`: the row's maximum is taken off first), in float32
 * where the scores are. */
export function softmaxRows(data: Float64Array, rows: number, cols: number, float32 = false): Float64Array {
  const round = float32 ? Math.fround : (value: number) => value;
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    let max = data[start];
    for (let j = 1; j < cols; j++) if (data[start + j] > max) max = data[start + j];
    let sum = 0;
    for (let j = 0; j < cols; j++) {
      const value = round(Math.exp(round(data[start + j] - max)));
      data[start + j] = value;
      sum = round(sum + value);
    }
    for (let j = 0; j < cols; j++) data[start + j] = round(data[start + j] / sum);
  }
  return data;
}

/**
 * One-vs-rest probabilities (sklearn `linear_model/_base.py`, `_predict_proba_lr`): a logistic curve an output; one output
 * gives two columns, several are divided by their row's sum.
 */
export function normaliseOneVsRest(scores: Float64Array, rows: number, outputs: number): Float64Array {
  if (outputs === 1) {
    const out = new Float64Array(rows * 2);
    for (let i = 0; i < rows; i++) {
      const p = logistic(scores[i]);
      out[2 * i] = 1 - p;
      out[2 * i + 1] = p;
    }
    return out;
  }
  const out = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) {
      const p = logistic(scores[i * outputs + k]);
      out[i * outputs + k] = p;
      sum += p;
    }
    for (let k = 0; k < outputs; k++) out[i * outputs + k] /= sum;
  }
  return out;
}

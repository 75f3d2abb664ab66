/** libsvm keeps pairwise probabilities this far from 0 and 1. */
const MIN_PROBABILITY = 1e-7;

/** Platt's sigmoid with the parameters that libsvm fitted, in the form that does not overflow. */
function sigmoid(decision: number, a: number, b: number): number {
  const exponent = decision * a + b;
  return exponent >= 0 ? Math.exp(-exponent) / (1 + Math.exp(-exponent)) : 1 / (1 + Math.exp(exponent));
}

/**
 * Class probabilities from the decision values of all pairs of classes, written to `out` from `at`: Wu, Lin and Weng's
 * second method, iterated as libsvm's `multiclass_probability` does, its stopping rule included.
 */
export function coupleProbabilities(
  classes: number,
  decisions: Float64Array,
  probA: Float64Array,
  probB: Float64Array,
  out: Float64Array,
  at: number,
): void {
  const pairwise = new Float64Array(classes * classes);
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++, pair++) {
      const raw = sigmoid(decisions[pair], probA[pair], probB[pair]);
      // libsvm's comparisons take the least for a sigmoid whose fit ended in NaN
      const value = raw > MIN_PROBABILITY ? Math.min(raw, 1 - MIN_PROBABILITY) : MIN_PROBABILITY;
      pairwise[i * classes + j] = value;
      pairwise[j * classes + i] = 1 - value;
    }
  }
  const q = quadraticForm(classes, pairwise);
  const p = out.subarray(at, at + classes).fill(1 / classes);
  const qp = new Float64Array(classes);
  const tolerance = 0.005 / classes;
  for (let iteration = 0; iteration < Math.max(100, classes); iteration++) {
    let pqp = 0;
    for (let t = 0; t < classes; t++) {
      qp[t] = 0;
      for (let j = 0; j < classes; j++) qp[t] += q[t * classes + j] * p[j];
      pqp += p[t] * qp[t];
    }
    let worst = 0;
    for (let t = 0; t < classes; t++) worst = Math.max(worst, Math.abs(qp[t] - pqp));
    if (worst < tolerance) break;
    for (let t = 0; t < classes; t++) {
      const step = (-qp[t] + pqp) / q[t * classes + t];
      p[t] += step;
      pqp = (pqp + step * (step * q[t * classes + t] + 2 * qp[t])) / (1 + step) / (1 + step);
      for (let j = 0; j < classes; j++) {
        qp[j] = (qp[j] + step * q[t * classes + j]) / (1 + step);
        p[j] /= 1 + step;
      }
    }
  }
}

function quadraticForm(classes: number, pairwise: Float64Array): Float64Array {
  const q = new Float64Array(classes * classes);
  for (let t = 0; t < classes; t++) {
    for (let j = 0; j < classes; j++) {
      if (j === t) continue;
      q[t * classes + t] += pairwise[j * classes + t] * pairwise[j * classes + t];
      q[t * classes + j] = -pairwise[j * classes + t] * pairwise[t * classes + j];
    }
  }
  return q;
}

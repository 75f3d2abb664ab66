import { NdArray } from '../../numpy/ndarray.ts';
import { type Fitted, listItems } from '../fitted.ts';

/** The derivative of ln Γ for x > 0: recurrence up to 10, then the asymptotic series. */
export function digamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 10) {
    shift -= 1 / at;
    at += 1;
  }
  const inverse = 1 / (at * at);
  const coefficients = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];
  let series = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) series = (series + coefficients[i]) * inverse;
  return shift + Math.log(at) - 0.5 / at - series;
}

/** The expected log weights under a Dirichlet process or distribution. */
function logWeights(fitted: Fitted): Float64Array {
  if (fitted.text('weight_concentration_prior_type', 'dirichlet_process') !== 'dirichlet_process') {
    const all = fitted.floats('weight_concentration_');
    const total = digamma(all.reduce((sum, value) => sum + value, 0));
    return all.map((value) => digamma(value) - total);
  }
  const pair = fitted.raw('weight_concentration_');
  const [a, b] = (pair instanceof NdArray ? [] : (listItems(pair) ?? [])).map((part) =>
    fitted.toFloats(part, 'weight_concentration_'),
  );
  if (a === undefined || b === undefined || a.length !== b.length) {
    fitted.corrupt('"weight_concentration_" is no pair of arrays');
  }
  let rest = 0;
  return a.map((value, index) => {
    const sum = digamma(value + b[index]);
    const own = digamma(value) - sum + rest;
    rest += digamma(b[index]) - sum;
    return own;
  });
}

/** What a variational mixture adds to each component's log density, its weight included. */
export function bayesianTerms(fitted: Fitted, components: number, cols: number): Float64Array {
  const weights = logWeights(fitted);
  const stored = fitted.floats('degrees_of_freedom_');
  // tied components share one
  const freedom = stored.length === 1 ? new Float64Array(components).fill(stored[0]) : stored;
  const precision = fitted.vector(components, 'mean_precision_');
  if (weights.length !== components || freedom.length !== components) {
    fitted.corrupt('"weight_concentration_" does not fit its components');
  }
  return weights.map((weight, index) => {
    let logLambda = cols * Math.LN2;
    for (let col = 0; col < cols; col++) logLambda += digamma(0.5 * (freedom[index] - col));
    return weight - 0.5 * cols * Math.log(freedom[index]) + 0.5 * (logLambda - cols / precision[index]);
  });
}

/** Where the tail's continued fraction takes over from the series around zero. */
const TAIL = 1.5;
const DEPTH = 400;

/** The standard normal distribution function, to about 1e-15 (`scipy.stats.norm.cdf`). */
export function normalCdf(x: number): number {
  const size = Math.abs(x);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (size < TAIL) {
    // Φ(x) = ½ + φ(x)(x + x³/3 + x⁵/(3·5) + …)
    let term = x;
    let sum = x;
    for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  // Q(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))), for large x
  let fraction = size;
  for (let k = DEPTH; k >= 1; k--) fraction = size + k / fraction;
  const tail = density / fraction;
  return x < 0 ? tail : 1 - tail;
}

/**
 * The quantile function of the normal distribution: rational approximations with the coefficients of the Cephes library's
 * `ndtri`, which `scipy.stats.norm.ppf` uses.
 */
const CENTRE = {
  p: [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125],
  q: [
    1, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066,
    -82.03722561683334, 15.90562251262117, -1.1833162112133,
  ],
};
/** For sqrt(-2 ln y) below 8. */
const TAIL = {
  p: [
    4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803,
    2.1866330685079025, -0.1402560791713545, -0.03504246268278482, -0.0008574567851546854,
  ],
  q: [
    1, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094,
    -0.14218292285478779, -0.03808064076915783, -0.0009332594808954574,
  ],
};
const FAR_TAIL = {
  p: [
    3.2377489177694603, 6.915228890689842, 3.9388102529247444, 1.3330346081580755, 0.20148538954917908,
    0.012371663481782003, 0.00030158155350823543, 2.6580697468673755e-6, 6.239745391849833e-9,
  ],
  q: [
    1, 6.02427039364742, 3.6798356385616087, 1.3770209948908132, 0.21623699359449663, 0.013420400608854318,
    0.00032801446468212774, 2.8924786474538068e-6, 6.790194080099813e-9,
  ],
};
const EXP_MINUS_2 = Math.exp(-2);
const SQRT_2_PI = 2.5066282746310002;

function horner(x: number, coefficients: readonly number[]): number {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = value * x + coefficients[i];
  return value;
}

/** The x with Φ(x) = probability; ±Infinity at 1 and 0, NaN outside. */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return NaN;
  if (probability === 0) return -Infinity;
  if (probability === 1) return Infinity;
  const upper = probability > 1 - EXP_MINUS_2;
  const tail = upper ? 1 - probability : probability;
  if (tail > EXP_MINUS_2) {
    const centred = tail - 0.5;
    const squared = centred * centred;
    return (centred + centred * ((squared * horner(squared, CENTRE.p)) / horner(squared, CENTRE.q))) * SQRT_2_PI;
  }
  const x = Math.sqrt(-2 * Math.log(tail));
  const { p, q } = x < 8 ? TAIL : FAR_TAIL;
  const value = x - Math.log(x) / x - ((1 / x) * horner(1 / x, p)) / horner(1 / x, q);
  return upper ? value : -value;
}

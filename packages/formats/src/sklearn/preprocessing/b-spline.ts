import { LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, PyTuple } from '../../pickle/values.ts';

/** `scipy.interpolate.BSpline` with several outputs: knots, coefficients (row-major, knots × outputs), degree. */
export interface BSpline {
  readonly knots: Float64Array;
  readonly coefficients: Float64Array;
  readonly outputs: number;
  readonly degree: number;
  /** True outside of the base interval: go on with the last polynomial; false: NaN. */
  readonly extrapolate: boolean;
}

/** Reads a pickled BSpline. @throws LoadError CorruptModel. */
export function readBSpline(saved: PyObject): BSpline {
  // scipy 1.18 saves a shell around the spline itself
  const shell = saved.state instanceof PyTuple ? saved.state.items[0] : undefined;
  const object = shell instanceof PyObject ? shell : saved;
  // scipy 1.14 and later keep the knots and coefficients behind an underscore
  const knots = object.get('t') ?? object.get('_t');
  const coefficients = object.get('c') ?? object.get('_c');
  const degree = object.get('k');
  if (!(knots instanceof NdArray) || !(coefficients instanceof NdArray) || typeof degree !== 'number') {
    throw new LoadError('CorruptModel', 'SplineTransformer: a spline lacks its knots, coefficients or degree');
  }
  const outputs = coefficients.shape[1] ?? 1;
  const count = knots.size - degree - 1;
  if (!(degree >= 0 && degree < 100) || count < degree + 1 || coefficients.shape[0] < count) {
    throw new LoadError('CorruptModel', 'SplineTransformer: a spline has too few knots or coefficients');
  }
  return {
    knots: knots.toFloat64(),
    coefficients: coefficients.toFloat64(),
    outputs,
    degree,
    extrapolate: object.get('extrapolate') !== false,
  };
}

/** The interval of knots that holds x: the first or the last one for what lies outside. */
function findInterval({ knots, degree }: BSpline, x: number): number {
  const last = knots.length - degree - 2;
  let low = degree;
  let high = last + 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (knots[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** The `order`-th derivative of the degree + 1 basis functions that are not zero on the interval (de Boor). */
function basis(spline: BSpline, x: number, interval: number, order: number): Float64Array {
  const { knots, degree } = spline;
  const values = new Float64Array(degree + 1);
  values[0] = 1;
  const plain = degree - order;
  for (let j = 1; j <= degree; j++) {
    const before = values.slice();
    values[0] = 0;
    for (let n = 1; n <= j; n++) {
      const right = knots[interval + n];
      const left = knots[interval + n - j];
      if (right === left) {
        values[n] = 0;
        continue;
      }
      if (j <= plain) {
        const weight = before[n - 1] / (right - left);
        values[n - 1] += weight * (right - x);
        values[n] = weight * (x - left);
      } else {
        const weight = (j * before[n - 1]) / (right - left);
        values[n - 1] -= weight;
        values[n] = weight;
      }
    }
  }
  return values;
}

/** All outputs at x, or their `order`-th derivatives, written to `out` from `at`. */
export function evaluateSpline(spline: BSpline, x: number, out: Float64Array, at: number, order = 0): void {
  const { knots, degree, outputs, coefficients, extrapolate } = spline;
  const inside = x >= knots[degree] && x <= knots[knots.length - degree - 1];
  if (Number.isNaN(x) || (!extrapolate && !inside)) {
    out.fill(NaN, at, at + outputs);
    return;
  }
  const interval = findInterval(spline, x);
  const values = basis(spline, x, interval, order);
  for (let output = 0; output < outputs; output++) {
    let sum = 0;
    for (let n = 0; n <= degree; n++) sum += coefficients[(interval - degree + n) * outputs + output] * values[n];
    out[at + output] = sum;
  }
}

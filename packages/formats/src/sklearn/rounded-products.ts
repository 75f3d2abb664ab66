/**
 * Dot products rounded as the library's own: scikit-learn's expanded distances |x|² − 2x·y + |y|² lose their digits where
 * points nearly coincide, and what is left is the rounding of these sums. BLAS multiplies matrices with a chain of fused
 * multiply-adds (OpenBLAS on AVX2); norms come from `numpy.einsum`, whose order changed with numpy 1.20, or, since
 * scikit-learn 1.1 in neighbour searches, from BLAS `ddot`.
 */
export type NormOrder = 'einsum' | 'old einsum' | 'ddot';

const SPLITTER = 2 ** 27 + 1;
const floatView = new Float64Array(1);
const wordView = new Uint32Array(floatView.buffer);

/** a·b + c, rounded once (Boldo and Melquiond: exact products and sums, the rest rounded to odd). */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const bigA = SPLITTER * a;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = SPLITTER * b;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  const productRest = lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
  if (!Number.isFinite(productRest)) return product + c;
  const inner = c + productRest;
  const innerPart = inner - c;
  const innerRest = c - (inner - innerPart) + (productRest - innerPart);
  const sum = product + inner;
  const sumPart = sum - product;
  const sumRest = product - (sum - sumPart) + (inner - sumPart);
  return sum + roundToOdd(sumRest, innerRest);
}

/** a + b; where that is inexact, the neighbour with an odd last bit. */
function roundToOdd(a: number, b: number): number {
  const sum = a + b;
  const part = sum - a;
  const rest = a - (sum - part) + (b - part);
  if (rest === 0) return sum;
  floatView[0] = sum;
  if ((wordView[0] & 1) === 1) return sum;
  // one step towards the rest: away from zero when the signs agree
  const step = rest > 0 === sum > 0 ? 1 : -1;
  if (step < 0 && wordView[0] === 0) {
    wordView[0] = 0xffffffff;
    wordView[1] -= 1;
  } else wordView[0] += step;
  return floatView[0];
}

/** The dot product of two rows as a matrix product computes it. */
export function blasDot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum = fusedMultiplyAdd(a[fromA + i], b[fromB + i], sum);
  return sum;
}

/** The squared norm of a row in a given order of summation. */
export function roundedNorm(values: Float64Array, from: number, count: number, order: NormOrder): number {
  if (order === 'ddot') return blasNorm(values, from, count);
  const whole = count - (count % 8);
  let even = 0;
  let odd = 0;
  if (order === 'old einsum') {
    for (let i = from; i < from + whole; i += 2) {
      even += values[i] * values[i];
      odd += values[i + 1] * values[i + 1];
    }
    let sum = even + odd;
    for (let i = from + count - 1; i >= from + whole; i--) sum += values[i] * values[i];
    return sum;
  }
  for (let block = from; block < from + whole; block += 8) {
    for (let i = block + 6; i >= block; i -= 2) {
      even += values[i] * values[i];
      odd += values[i + 1] * values[i + 1];
    }
  }
  for (let i = whole; i < count; i++) {
    const square = values[from + i] * values[from + i];
    if ((i - whole) % 2 === 0) even += square;
    else odd += square;
  }
  return even + odd;
}

/** OpenBLAS `ddot` on AVX2: sixteen fused sums over blocks of sixteen, folded by halves, then the rest one by one. */
function blasNorm(values: Float64Array, from: number, count: number): number {
  const whole = count - (count % 16);
  let sum = 0;
  if (whole > 0) {
    const lanes = new Float64Array(16);
    for (let i = 0; i < whole; i++) {
      const value = values[from + i];
      lanes[i % 16] = fusedMultiplyAdd(value, value, lanes[i % 16]);
    }
    const fold = (lane: number) => {
      const part = (register: number) => lanes[4 * register + lane] + lanes[4 * register + lane + 2];
      return part(0) + part(1) + (part(2) + part(3));
    };
    sum = fold(0) + fold(1);
  }
  for (let i = from + whole; i < from + count; i++) sum += values[i] * values[i];
  return sum;
}

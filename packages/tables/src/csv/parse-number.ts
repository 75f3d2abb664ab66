/** Powers of ten that float64 holds exactly, and each in two halves of at most 26 bits (Veltkamp's split). */
const POWER = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const HIGH = POWER.map((power) => splitHigh(power));
const LOW = POWER.map((power, i) => power - HIGH[i]);

/** More than the relative error of the correction below. */
const SAFE = 1 + 1e-9;

/**
 * Reads the decimal at `start` of `bytes` into `out[at]`: the nearest float64, as `Number` does. Returns the place of the
 * separator, LF or CR that ends it; -1 for anything that is not a plain decimal or that takes longer to round (then the
 * cell's text tells). An empty cell is NaN. One of the three ends must follow in `bytes`.
 *
 * Up to 15 digits: both the digits and the power of ten are exact, so that one division rounds once (Clinger's fast path).
 * Up to 18: the digits are the sum of two floats, the quotient's remainder is exact (Dekker's product), and the sum of
 * quotient and correction is taken where the correction's own error can not change its rounding.
 */
export function parseNumber(
  bytes: Uint8Array,
  start: number,
  separator: number,
  out: Float64Array,
  at: number,
): number {
  let i = start;
  let c = bytes[i];
  const isNegative = c === 45;
  if (isNegative || c === 43) c = bytes[++i];
  else if (c === separator || c === 10 || c === 13) {
    out[at] = Number.NaN;
    return i;
  }
  const first = i;
  while (c === 48) c = bytes[++i];
  let digits = 0;
  /** The first nine digits, and the next nine. */
  let a = 0;
  let b = 0;
  let whole = i;
  for (; c >= 48 && c <= 57; c = bytes[++i]) {
    if (digits < 9) a = (a * 10 + (c - 48)) | 0;
    else b = (b * 10 + (c - 48)) | 0;
    digits++;
  }
  let seen = i - first;
  let places = 0;
  if (c === 46) {
    c = bytes[++i];
    whole = i;
    if (digits === 0) while (c === 48) c = bytes[++i];
    for (; digits < 9 && c >= 48 && c <= 57; c = bytes[++i]) {
      a = (a * 10 + (c - 48)) | 0;
      digits++;
    }
    for (; c >= 48 && c <= 57; c = bytes[++i]) {
      b = (b * 10 + (c - 48)) | 0;
      digits++;
    }
    places = i - whole;
    seen += places;
  }
  if (seen === 0 || digits > 18) return -1;
  if (c === 101 || c === 69) {
    c = bytes[++i];
    const isSmall = c === 45;
    if (isSmall || c === 43) c = bytes[++i];
    let exponent = 0;
    const from = i;
    for (; c >= 48 && c <= 57 && i - from < 4; c = bytes[++i]) exponent = exponent * 10 + (c - 48);
    if (i === from) return -1;
    places += isSmall ? exponent : -exponent;
  }
  if (c !== separator && c !== 10 && c !== 13) return -1;
  if (places > 22 || places < -22) return -1;
  let value: number;
  if (digits <= 15) {
    const mantissa = digits <= 9 ? a : a * POWER[digits - 9] + b;
    value = places >= 0 ? mantissa / POWER[places] : mantissa * POWER[-places];
  } else {
    if (places <= 0) return -1;
    value = quotient(a, b, digits - 9, places);
    if (value < 0) return -1;
  }
  out[at] = isNegative ? -value : value;
  return i;
}

/** (a · 10^shift + b) / 10^places, rounded once; -1 where that can not be told. */
function quotient(a: number, b: number, shift: number, places: number): number {
  const power = POWER[shift];
  // Both products have less than 53 bits: high + low is exactly the digits.
  const left = (a - (a & 0x7fff)) * power;
  const right = (a & 0x7fff) * power + b;
  const high = left + right;
  const low = right - (high - left);
  const divisor = POWER[places];
  const near = high / divisor;
  const nearHigh = splitHigh(near);
  const nearLow = near - nearHigh;
  const product = near * divisor;
  const error =
    nearHigh * HIGH[places] - product + nearHigh * LOW[places] + nearLow * HIGH[places] + nearLow * LOW[places];
  const correction = (high - product - error + low) / divisor;
  const sum = near + correction;
  const rest = correction - (sum - near);
  return sum + rest * SAFE === sum ? sum : -1;
}

function splitHigh(value: number): number {
  const scaled = value * (2 ** 27 + 1);
  return scaled - (scaled - value);
}

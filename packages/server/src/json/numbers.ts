/** Writes one floating-point number as JSON text. */
export type FloatWriter = (value: number) => string;

/**
 * As KServe and MLServer print floats (Python's repr through orjson): always a `.0` or an exponent, exponents from 1e16
 * and under 1e-5; NaN and Infinity become null.
 */
export const writePythonFloat: FloatWriter = (value) => {
  const magnitude = Math.abs(value);
  if (magnitude < 1e-5 || magnitude >= 1e16) {
    if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
    if (magnitude === Infinity) return 'null';
    return value.toExponential();
  }
  if (Number.isNaN(value)) return 'null';
  return value % 1 === 0 ? `${value}.0` : `${value}`;
};

/**
 * As Triton prints floats (RapidJSON's writer): `.0` after whole numbers up to 1e21, no `+` in exponents, the bare
 * literals NaN, Infinity and -Infinity.
 */
export const writeTritonFloat: FloatWriter = (value) => {
  if (value % 1 === 0) {
    if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
    if (Math.abs(value) < 1e21) return `${value}.0`;
  }
  return `${value}`.replace('e+', 'e');
};

/** `writeTritonFloat` with null for what JSON can not say. */
export const writeTritonFloatOrNull: FloatWriter = (value) =>
  Number.isFinite(value) ? writeTritonFloat(value) : 'null';

/**
 * Writes elements of an INT64 tensor by index. Labels and counts are small: those are read as their low halves, without
 * making a bigint of each.
 */
export function int64Writer(data: BigInt64Array): (index: number) => string {
  if (data.length < 16) return (index) => `${data[index]}`;
  const halves = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  return (index) => {
    const low = halves[2 * index];
    return halves[2 * index + 1] === low >> 31 ? `${low}` : `${data[index]}`;
  };
}

import type { BytesElement, Datatype, TensorData } from './datatype.ts';
import { invalidInput } from './errors.ts';

/** A parameter of a request, a response or a tensor (Open Inference Protocol "parameters"). */
export type ParameterValue = string | number | bigint | boolean;
/** Parameters by name. A `Map`, so that no name a client sends can meet `Object.prototype`. */
export type Parameters = ReadonlyMap<string, ParameterValue>;

/** A named, typed, shaped array. `data.length` is the product of `shape`; row-major. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
  readonly parameters?: Parameters;
}

/** Number of elements that `shape` holds: 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dim of shape) count *= dim;
  return count;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a BYTES element.
 * @throws InferenceError INVALID_INPUT that names `tensor` where the bytes are not UTF-8.
 */
export function bytesToText(element: BytesElement, tensor: string): string {
  if (typeof element === 'string') return element;
  try {
    return decoder.decode(element);
  } catch {
    throw invalidInput(`input "${tensor}" holds bytes that are not UTF-8 text; send UTF-8, or a numeric datatype`);
  }
}

/** The value of an IEEE 754 half-precision bit pattern. */
export function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The half-precision bits nearest to `value`, ties to even; beyond 65519.99 it is ±Infinity. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = exponentOf(magnitude);
  const bits = roundHalfEven(magnitude * 2 ** (10 - exponent)) - 1024;
  return sign | (((exponent + 15) << 10) + bits);
}

function exponentOf(magnitude: number): number {
  scratch.setFloat64(0, magnitude);
  return ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}

/** The value of a bfloat16 bit pattern (the high half of a float32). */
export function bfloat16ToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** The bfloat16 bits nearest to `value`, ties to even. */
export function numberToBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

import {
  allocate,
  bfloat16ToNumber,
  type Datatype,
  halfToNumber,
  invalidInput,
  numberToBfloat16,
  numberToHalf,
  type Tensor,
  type TensorData,
} from '@berth/inference';

/** Smallest and largest value of the whole-number datatypes that fit a JavaScript number. */
const RANGES: ReadonlyMap<Datatype, readonly [number, number]> = new Map([
  ['BOOL', [0, 1]],
  ['UINT8', [0, 255]],
  ['UINT16', [0, 65535]],
  ['UINT32', [0, 2 ** 32 - 1]],
  ['INT8', [-128, 127]],
  ['INT16', [-32768, 32767]],
  ['INT32', [-(2 ** 31), 2 ** 31 - 1]],
]);

/**
 * The same elements in another datatype, for protocols that have no datatypes.
 * @throws InferenceError INVALID_INPUT that names the input and the element where a value does not fit.
 */
export function convertTensor(tensor: Tensor, datatype: Datatype): Tensor {
  if (tensor.datatype === datatype) return tensor;
  if (datatype === 'BYTES' || tensor.datatype === 'BYTES') {
    const sent = tensor.datatype === 'BYTES' ? 'text' : 'numbers';
    const wanted = datatype === 'BYTES' ? 'text' : `numbers (${datatype})`;
    throw invalidInput(`input "${tensor.name}" takes ${wanted}, but ${sent} came`);
  }
  const data = allocate(datatype, tensor.data.length) as { [index: number]: number | bigint };
  const range = RANGES.get(datatype);
  for (let index = 0; index < tensor.data.length; index++) {
    const value = elementOf(tensor, index);
    if (datatype === 'INT64' || datatype === 'UINT64') data[index] = toBigInt(value, tensor, index, datatype);
    else if (range !== undefined) data[index] = toWhole(Number(value), range, tensor, index, datatype);
    else if (datatype === 'FP16') data[index] = numberToHalf(Number(value));
    else if (datatype === 'BF16') data[index] = numberToBfloat16(Number(value));
    else data[index] = Number(value);
  }
  return { ...tensor, datatype, data: data as TensorData };
}

function elementOf(tensor: Tensor, index: number): number | bigint {
  const value = tensor.data[index] as number | bigint;
  if (tensor.datatype === 'FP16') return halfToNumber(value as number);
  if (tensor.datatype === 'BF16') return bfloat16ToNumber(value as number);
  return value;
}

function toWhole(value: number, range: readonly [number, number], tensor: Tensor, index: number, to: Datatype): number {
  if (Number.isInteger(value) && value >= range[0] && value <= range[1]) return value;
  throw doesNotFit(value, tensor, index, to);
}

function toBigInt(value: number | bigint, tensor: Tensor, index: number, to: Datatype): bigint {
  if (typeof value === 'number' && !Number.isInteger(value)) throw doesNotFit(value, tensor, index, to);
  const whole = BigInt(value);
  const low = to === 'INT64' ? -(2n ** 63n) : 0n;
  const high = to === 'INT64' ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  if (whole < low || whole > high) throw doesNotFit(value, tensor, index, to);
  return whole;
}

function doesNotFit(value: number | bigint, tensor: Tensor, index: number, to: Datatype) {
  const width = tensor.shape.length > 1 ? (tensor.shape.at(-1) ?? 1) : 1;
  const place = `row ${Math.floor(index / width)}, column ${index % width}`;
  return invalidInput(`input "${tensor.name}" takes ${to}, which can not hold ${value} (${place})`);
}

/** bfloat16 bits as the float32 values that they stand for. */
export function bfloat16ToFloat(data: Uint16Array): Float32Array {
  const words = new Uint32Array(data.length);
  for (let index = 0; index < data.length; index++) words[index] = data[index] << 16;
  return new Float32Array(words.buffer);
}

/** The bfloat16 bits of float32 values that are bfloat16 already. */
export function floatToBfloat16(data: Float32Array): Uint16Array {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const bits = new Uint16Array(data.length);
  for (let index = 0; index < data.length; index++) bits[index] = words[index] >>> 16;
  return bits;
}

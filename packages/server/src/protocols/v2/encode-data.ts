import { type BytesElement, bfloat16ToNumber, halfToNumber, type Tensor, type TensorData } from '@berth/inference';
import { type FloatWriter, int64Writer } from '../../json/numbers.ts';
import { encodeText } from '../../json/text.ts';

/**
 * The elements of a tensor as the text between a JSON list's brackets, flat and row-major.
 * @throws InferenceError INVALID_INPUT for bytes that are no text: the client has to ask for binary.
 */
export function encodeData(tensor: Tensor, floats: FloatWriter): string {
  const { data } = tensor;
  switch (tensor.datatype) {
    case 'FP32':
    case 'FP64':
      return joinFloats(data as Float64Array, floats);
    case 'FP16':
      return joinFloats(Array.from(data as Uint16Array, halfToNumber), floats);
    case 'BF16':
      return joinFloats(Array.from(data as Uint16Array, bfloat16ToNumber), floats);
    case 'BOOL':
      return Array.from(data as Uint8Array, (value) => (value === 0 ? 'false' : 'true')).join(',');
    case 'BYTES':
      return (data as BytesElement[]).map((element) => encodeText(element, tensor.name)).join(',');
    case 'INT64':
      return joinInt64(data as BigInt64Array);
    default:
      return (data as Int32Array).join(',');
  }
}

function joinFloats(data: ArrayLike<number>, floats: FloatWriter): string {
  const length = data.length;
  if (length === 0) return '';
  let text = floats(data[0]);
  for (let index = 1; index < length; index++) text += `,${floats(data[index])}`;
  return text;
}

function joinInt64(data: BigInt64Array): string {
  if (data.length >= MANY) return joinManyInt64(data);
  const write = int64Writer(data);
  let text = data.length === 0 ? '' : write(0);
  for (let index = 1; index < data.length; index++) text += `,${write(index)}`;
  return text;
}

/** From here on adding text to text costs more: the chain of pieces is laid out flat when it is sent. */
const MANY = 24;
/** `-9223372036854775808,` */
const LONGEST_INT64 = 21;

/** The same by digits: labels and counts are mostly small. */
function joinManyInt64(data: BigInt64Array): string {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  const text = Buffer.allocUnsafe(data.length * LONGEST_INT64);
  let at = 0;
  for (let index = 0; index < data.length; index++) {
    const low = words[2 * index];
    if (words[2 * index + 1] === 0 && low >= 0 && low < 100) {
      if (low >= 10) text[at++] = 0x30 + ((low / 10) | 0);
      text[at++] = 0x30 + (low % 10);
    } else {
      at += text.write(String(data[index]), at, 'latin1');
    }
    text[at++] = 0x2c;
  }
  return text.toString('latin1', 0, at - 1);
}

/** The bytes of a tensor as the binary tensor extension carries them. */
export function encodeBinary(tensor: Tensor): Buffer {
  if (tensor.datatype === 'BYTES') return encodeBytesElements(tensor.data as BytesElement[]);
  const data = tensor.data as Exclude<TensorData, BytesElement[]>;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function encodeBytesElements(elements: readonly BytesElement[]): Buffer {
  const parts: Buffer[] = [];
  for (const element of elements) {
    const bytes = typeof element === 'string' ? Buffer.from(element, 'utf8') : Buffer.from(element);
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

import { isUtf8 } from 'node:buffer';
import { type BytesElement, type Datatype, elementByteSize, invalidInput, type TensorData } from '@berth/inference';

/**
 * Reads the bytes of one tensor of the binary tensor extension: little-endian, row-major; BYTES elements each after
 * their length in four bytes. The bytes are copied, so that they are aligned and the body can be freed.
 * @throws InferenceError INVALID_INPUT that names the input.
 */
export function decodeBinary(bytes: Uint8Array, name: string, datatype: Datatype, count: number): TensorData {
  if (datatype === 'BYTES') return decodeBytesElements(bytes, name, count);
  const expected = count * elementByteSize(datatype);
  if (bytes.byteLength !== expected) {
    throw invalidInput(
      `input byte size mismatch for input '${name}': its shape and datatype ${datatype} need ${expected} bytes, got ${bytes.byteLength}`,
    );
  }
  const copy = new Uint8Array(bytes).buffer;
  switch (datatype) {
    case 'BOOL':
      return checkBools(new Uint8Array(copy), name);
    case 'UINT8':
      return new Uint8Array(copy);
    case 'INT8':
      return new Int8Array(copy);
    case 'UINT16':
    case 'FP16':
    case 'BF16':
      return new Uint16Array(copy);
    case 'INT16':
      return new Int16Array(copy);
    case 'UINT32':
      return new Uint32Array(copy);
    case 'INT32':
      return new Int32Array(copy);
    case 'UINT64':
      return new BigUint64Array(copy);
    case 'INT64':
      return new BigInt64Array(copy);
    case 'FP32':
      return new Float32Array(copy);
    case 'FP64':
      return new Float64Array(copy);
  }
}

function checkBools(data: Uint8Array, name: string): Uint8Array {
  const wrong = data.findIndex((value) => value > 1);
  if (wrong >= 0) throw invalidInput(`input '${name}' element ${wrong}: a BOOL byte is 0 or 1, got ${data[wrong]}`);
  return data;
}

function decodeBytesElements(bytes: Uint8Array, name: string, count: number): BytesElement[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: BytesElement[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (at + 4 > bytes.byteLength) {
      throw invalidInput(
        `input '${name}' element ${elements.length}: its length takes 4 bytes, ${bytes.byteLength - at} are left`,
      );
    }
    const length = view.getUint32(at, true);
    at += 4;
    if (length > bytes.byteLength - at) {
      throw invalidInput(
        `input '${name}' element ${elements.length}: its length says ${length} bytes, ${bytes.byteLength - at} are left`,
      );
    }
    if (elements.length === count)
      throw invalidInput(`input '${name}' has more elements than the ${count} of its shape`);
    const element = Buffer.from(bytes.subarray(at, at + length));
    elements.push(isUtf8(element) ? element.toString('utf8') : new Uint8Array(element));
    at += length;
  }
  if (elements.length !== count) {
    throw invalidInput(`input '${name}' has ${elements.length} elements, but its shape means ${count}`);
  }
  return elements;
}

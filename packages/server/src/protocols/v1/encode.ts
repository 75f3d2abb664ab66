import { type BytesElement, bfloat16ToNumber, halfToNumber, type InferResponse, type Tensor } from '@berth/inference';
import { int64Writer, writePythonFloat } from '../../json/numbers.ts';
import { encodeText } from '../../json/text.ts';

/**
 * The answer to a v1 predict: `{"predictions": […]}`, an entry a row; with several outputs each entry is an object.
 * NaN and Infinity are null.
 */
export function encodeV1(response: InferResponse): string {
  const { outputs } = response;
  if (outputs.length === 1) return `{"predictions":${encodeNested(outputs[0])}}`;
  return `{"predictions":${encodeObjects(outputs)}}`;
}

function encodeObjects(outputs: readonly Tensor[]): string {
  const rows = outputs[0]?.shape[0];
  if (rows === undefined || outputs.some((output) => output.shape[0] !== rows)) {
    const fields = outputs.map((output) => `${JSON.stringify(output.name)}:${encodeNested(output)}`);
    return `{${fields.join(',')}}`;
  }
  const writers = outputs.map(elementWriter);
  const entries: string[] = [];
  for (let row = 0; row < rows; row++) {
    const fields = outputs.map((output, index) => {
      const width = rowWidth(output.shape);
      const value = nested(writers[index], output.shape, 1, row * width);
      return `${JSON.stringify(output.name)}:${value}`;
    });
    entries.push(`{${fields.join(',')}}`);
  }
  return `[${entries.join(',')}]`;
}

function rowWidth(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, dim) => product * dim, 1);
}

/** A tensor as lists nested as its shape says; a scalar is a list of one. */
function encodeNested(tensor: Tensor): string {
  const shape = tensor.shape.length === 0 ? [1] : tensor.shape;
  return nested(elementWriter(tensor), shape, 0, 0);
}

function nested(write: (index: number) => string, shape: readonly number[], level: number, start: number): string {
  if (level === shape.length) return write(start);
  const length = shape[level];
  if (length === 0) return '[]';
  let text = '[';
  if (level === shape.length - 1) {
    for (let index = 0; index < length; index++) text += index === 0 ? write(start) : `,${write(start + index)}`;
    return `${text}]`;
  }
  let width = 1;
  for (let inner = level + 1; inner < shape.length; inner++) width *= shape[inner];
  for (let index = 0; index < length; index++) {
    text += `${index === 0 ? '' : ','}${nested(write, shape, level + 1, start + index * width)}`;
  }
  return `${text}]`;
}

/** Writes one element of the tensor by its index. */
function elementWriter(tensor: Tensor): (index: number) => string {
  const { datatype } = tensor;
  if (datatype === 'FP32' || datatype === 'FP64') {
    const data = tensor.data as Float64Array;
    return (index) => writePythonFloat(data[index]);
  }
  if (datatype === 'BYTES') {
    const data = tensor.data as BytesElement[];
    return (index) => encodeText(data[index], tensor.name);
  }
  if (datatype === 'INT64') return int64Writer(tensor.data as BigInt64Array);
  const data = tensor.data as Int32Array;
  if (datatype === 'BOOL') return (index) => (data[index] === 0 ? 'false' : 'true');
  if (datatype === 'FP16') return (index) => writePythonFloat(halfToNumber(data[index]));
  if (datatype === 'BF16') return (index) => writePythonFloat(bfloat16ToNumber(data[index]));
  return (index) => String(data[index]);
}

import { isUtf8 } from 'node:buffer';
import {
  allocate,
  type BytesElement,
  DATATYPES,
  type Datatype,
  elementByteSize,
  InferenceError,
  invalidInput,
  isDatatype,
  type Tensor,
  type TensorData,
} from '@berth/inference';
import type { GrpcHabits } from './flavours.ts';
import { CONTENT_FIELDS, type Contents } from './wire/contents.ts';
import type { InferRequestMessage, InputTensorMessage } from './wire/infer-request.ts';
import { contentsField } from './wire/infer-response.ts';

/** The datatype that each `contents` field stands for in Triton's error texts. */
const FIELD_DATATYPES = ['', 'BOOL', 'INT32', 'INT64', 'UINT32', 'UINT64', 'FP32', 'FP64', 'BYTES'];

/** Bytes that an element of each `contents` field takes once decoded; of a text, those of an empty one. */
const BYTES_OF_FIELD = [0, 1, 4, 8, 4, 8, 4, 8, 16];

/** Whether a request sends its tensors raw. */
export function isRaw(message: InferRequestMessage): boolean {
  return message.rawInputContents.length > 0;
}

/**
 * The tensors of a request, from raw or typed contents.
 * @throws InferenceError TOO_LARGE where they take more than `maxBytes`, INVALID_INPUT that names the input: unknown datatype, shape and data that do not fit, contents
 *   of another datatype, no data, values out of the datatype's range. Texts follow Triton's grpc/infer_handler.cc where
 *   it has one for the case.
 */
export function decodeInputs(message: InferRequestMessage, habits: GrpcHabits, maxBytes = Infinity): Tensor[] {
  const { inputs, rawInputContents: raw } = message;
  if (raw.length === 0) checkDecodedSize(inputs, maxBytes);
  if (raw.length > inputs.length && habits.refusesSurplusRaw) {
    throw invalidInput(
      `raw_input_contents has ${raw.length} buffers for ${inputs.length} inputs; send one for each input, in their order`,
    );
  }
  const tensors: Tensor[] = [];
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index] as InputTensorMessage;
    tensors.push(raw.length > 0 ? decodeRaw(message, input, raw[index], habits) : decodeTyped(message, input));
  }
  return tensors;
}

/** Numbers of one byte on the wire may take eight in memory: what all of them take is bounded, too. */
function checkDecodedSize(inputs: readonly InputTensorMessage[], maxBytes: number): void {
  let bytes = 0;
  for (const { contents } of inputs) {
    if (contents === undefined) continue;
    for (let field = 1; field < BYTES_OF_FIELD.length; field++) {
      bytes += (contents.counts[field] as number) * (BYTES_OF_FIELD[field] as number);
    }
  }
  if (bytes <= maxBytes) return;
  throw new InferenceError(
    'TOO_LARGE',
    `the inputs take ${bytes} bytes, over the limit of ${maxBytes}; send fewer rows, or raise --max-body-size`,
  );
}

function decodeRaw(
  message: InferRequestMessage,
  input: InputTensorMessage,
  raw: Buffer | undefined,
  habits: GrpcHabits,
): Tensor {
  const { contentsBesideRaw: of } = habits;
  if (input.contents !== undefined && of !== 'ignore') {
    throw invalidInput(
      `contents field must not be specified when using raw_input_contents for ${of}'${input.name}' for model '${message.modelName}'`,
    );
  }
  if (raw === undefined) throw noData(message, input);
  const datatype = datatypeOf(input);
  const count = countOf(input);
  if (datatype === 'BYTES') return tensor(input, datatype, splitBytes(input, raw, count));
  const expected = count * elementByteSize(datatype);
  if (raw.length !== expected) throw sizeMismatch(message, input, expected, raw.length);
  const data = allocate(datatype, count) as Uint8Array;
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(raw);
  if (datatype === 'BOOL') checkBooleans(input, data);
  return tensor(input, datatype, data);
}

function decodeTyped(message: InferRequestMessage, input: InputTensorMessage): Tensor {
  const datatype = datatypeOf(input);
  const count = countOf(input);
  const { contents } = input;
  const field = contentsField(datatype);
  const present = contents === undefined ? 0 : onlyField(contents, field);
  if (contents === undefined || present === 0) {
    if (count === 0 && field !== undefined) return tensor(input, datatype, allocate(datatype, 0));
    throw noData(message, input);
  }
  if (present !== field) throw wrongField(message, input, present, datatype);
  const sent = contents.counts[field] as number;
  if (sent !== count) {
    if (datatype === 'BYTES') {
      throw invalidInput(
        `input '${input.name}' has the shape [${input.shape}], ${count} elements, but ${sent} were sent`,
      );
    }
    const size = elementByteSize(datatype);
    throw sizeMismatch(message, input, count * size, sent * size);
  }
  return tensor(input, datatype, typedData(input, contents, field, datatype, count));
}

/** The one field of `contents` that holds something, the wrong one first; 0 where all are empty. */
function onlyField(contents: Contents, wanted: number | undefined): number {
  let found = 0;
  for (let field = 1; field < contents.counts.length; field++) {
    if (contents.counts[field] === 0) continue;
    if (field !== wanted) return field;
    found = field;
  }
  return found;
}

function typedData(
  input: InputTensorMessage,
  contents: Contents,
  field: number,
  datatype: Datatype,
  count: number,
): TensorData {
  const narrow = elementByteSize(datatype) < 4 && (field === 2 || field === 4);
  const data = narrow ? (field === 2 ? new Int32Array(count) : new Uint32Array(count)) : allocate(datatype, count);
  contents.fill(field, data);
  if (datatype === 'BYTES') return (data as Buffer[]).map(textOrBytes);
  if (!narrow) return data;
  const narrowed = allocate(datatype, count) as Int8Array;
  for (let index = 0; index < count; index++) {
    const value = (data as Int32Array)[index] as number;
    narrowed[index] = value;
    if (narrowed[index] !== value) {
      throw invalidInput(
        `input '${input.name}' has the value ${value} at element ${index}, out of the range of ${datatype}`,
      );
    }
  }
  return narrowed;
}

/** BYTES elements of a raw buffer: each has its length in four bytes before it. */
function splitBytes(input: InputTensorMessage, raw: Buffer, count: number): BytesElement[] {
  // Each element takes four bytes at least, so a count beyond that is refused before anything is allocated for it.
  if (count * 4 > raw.length) throw bytesEnd(input, count, Math.floor(raw.length / 4));
  const elements: BytesElement[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 4 > raw.length) throw bytesEnd(input, count, index);
    const length = raw.readUInt32LE(at);
    at += 4;
    if (length > raw.length - at) throw bytesEnd(input, count, index);
    elements.push(textOrBytes(raw.subarray(at, at + length)));
    at += length;
  }
  if (at !== raw.length) {
    throw invalidInput(
      `input '${input.name}' has the shape [${input.shape}], ${count} elements, but its buffer has ${raw.length - at} bytes more`,
    );
  }
  return elements;
}

/** Text where the bytes are UTF-8, as over REST; else the bytes. */
function textOrBytes(bytes: Buffer): BytesElement {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}

function bytesEnd(input: InputTensorMessage, count: number, index: number): Error {
  return invalidInput(
    `input '${input.name}' has the shape [${input.shape}], ${count} elements, but its buffer ends in element ${index}; each is a four byte little-endian length and its bytes`,
  );
}

function checkBooleans(input: InputTensorMessage, data: Uint8Array): void {
  for (let index = 0; index < data.length; index++) {
    if ((data[index] as number) > 1) {
      throw invalidInput(`input '${input.name}' has the byte ${data[index]} at element ${index}; a BOOL is 0 or 1`);
    }
  }
}

function datatypeOf(input: InputTensorMessage): Datatype {
  if (isDatatype(input.datatype)) return input.datatype;
  throw invalidInput(
    `input '${input.name}' has the datatype '${input.datatype}'; it must be one of ${DATATYPES.join(', ')}`,
  );
}

/** Number of elements of a shape that is known to be possible. */
function countOf(input: InputTensorMessage): number {
  let count = 1;
  for (const dimension of input.shape) {
    if (dimension < 0 || !Number.isSafeInteger(dimension)) {
      throw invalidInput(`input '${input.name}' has the shape [${input.shape}]; each dimension is a number from 0 up`);
    }
    count *= dimension;
  }
  if (!Number.isSafeInteger(count * 8)) {
    throw invalidInput(`input '${input.name}' has the shape [${input.shape}], more elements than any message holds`);
  }
  return count;
}

function noData(message: InferRequestMessage, input: InputTensorMessage): Error {
  return invalidInput(
    `unable to find data for input tensor '${input.name}' for model '${message.modelName}' in request.`,
  );
}

function wrongField(message: InferRequestMessage, input: InputTensorMessage, field: number, datatype: Datatype): Error {
  const wanted = contentsField(datatype);
  const hint = wanted === undefined ? 'send it in raw_input_contents' : `send it in ${CONTENT_FIELDS[wanted]}`;
  return invalidInput(
    `unexpected explicit tensor data for input tensor '${input.name}' for model '${message.modelName}' of type '${FIELD_DATATYPES[field]}', expected datatype '${datatype}'; ${hint}`,
  );
}

function sizeMismatch(message: InferRequestMessage, input: InputTensorMessage, expected: number, got: number): Error {
  return invalidInput(
    `[request id: ${message.id || '<id_unknown>'}] input byte size mismatch for input '${input.name}' for model '${message.modelName}'. Expected ${expected}, got ${got}`,
  );
}

function tensor(input: InputTensorMessage, datatype: Datatype, data: TensorData): Tensor {
  const { name, shape, parameters } = input;
  return parameters === undefined ? { name, datatype, shape, data } : { name, datatype, shape, data, parameters };
}

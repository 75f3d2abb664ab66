import type { BytesElement, Datatype, Parameters, Tensor } from '@berth/inference';
import { writeParameters } from './parameters.ts';
import { WIRE_BYTES } from './reader.ts';
import { Writer } from './writer.ts';

/** How the tensors of a response go: raw for all, or each in its typed field. */
export type DataStyle = 'raw' | 'contents';

/** A `ModelInferResponse` to be encoded. */
export interface InferResponseMessage {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters?: Parameters | undefined;
  readonly outputs: readonly Tensor[];
  readonly style: DataStyle;
  /** Whether a raw output still has an empty `contents`, as MLServer's have. */
  readonly emptyContents?: boolean;
}

const FIELD_1 = (1 << 3) | WIRE_BYTES;
const FIELD_2 = (2 << 3) | WIRE_BYTES;
const FIELD_3 = (3 << 3) | WIRE_BYTES;
const FIELD_4 = (4 << 3) | WIRE_BYTES;
const FIELD_5 = (5 << 3) | WIRE_BYTES;
const FIELD_6 = (6 << 3) | WIRE_BYTES;

/** Fields of `InferTensorContents` by datatype; FP16 and BF16 have none. */
const FIELD_OF_DATATYPE: ReadonlyMap<Datatype, number> = new Map([
  ['BOOL', 1],
  ['INT8', 2],
  ['INT16', 2],
  ['INT32', 2],
  ['INT64', 3],
  ['UINT8', 4],
  ['UINT16', 4],
  ['UINT32', 4],
  ['UINT64', 5],
  ['FP32', 6],
  ['FP64', 7],
  ['BYTES', 8],
]);

/** The number of the `contents` field for a datatype; undefined for those that go raw only. */
export function contentsField(datatype: Datatype): number | undefined {
  return FIELD_OF_DATATYPE.get(datatype);
}

/** Encodes a response into a gRPC frame. */
export function writeInferResponse(message: InferResponseMessage): Buffer {
  const writer = new Writer(sizeHint(message));
  writeResponseBody(writer, message);
  return writer.finish();
}

/** Encodes a Triton `ModelStreamInferResponse` into a gRPC frame. */
export function writeStreamResponse(errorMessage: string, message: InferResponseMessage): Buffer {
  const writer = new Writer(sizeHint(message));
  if (errorMessage !== '') writer.string(FIELD_1, errorMessage);
  const mark = writer.begin(FIELD_2);
  writeResponseBody(writer, message);
  writer.end(mark);
  return writer.finish();
}

function writeResponseBody(writer: Writer, message: InferResponseMessage): void {
  if (message.modelName !== '') writer.string(FIELD_1, message.modelName);
  if (message.modelVersion !== '') writer.string(FIELD_2, message.modelVersion);
  if (message.id !== '') writer.string(FIELD_3, message.id);
  if (message.parameters !== undefined) writeParameters(writer, FIELD_4, message.parameters);
  for (const tensor of message.outputs) writeOutput(writer, tensor, message);
  if (message.style === 'raw') for (const tensor of message.outputs) writeRaw(writer, tensor);
}

function writeOutput(writer: Writer, tensor: Tensor, message: InferResponseMessage): void {
  const mark = writer.begin(FIELD_5);
  if (tensor.name !== '') writer.string(FIELD_1, tensor.name);
  writer.string(FIELD_2, tensor.datatype);
  if (tensor.shape.length > 0) {
    const shape = writer.begin(FIELD_3);
    for (const dimension of tensor.shape) writer.int64(dimension);
    writer.end(shape);
  }
  if (tensor.parameters !== undefined) writeParameters(writer, FIELD_4, tensor.parameters);
  if (message.style === 'contents') {
    const contents = writer.begin(FIELD_5);
    writeContents(writer, tensor);
    writer.end(contents);
  } else if (message.emptyContents) {
    writer.end(writer.begin(FIELD_5));
  }
  writer.end(mark);
}

function writeContents(writer: Writer, tensor: Tensor): void {
  const field = FIELD_OF_DATATYPE.get(tensor.datatype) as number;
  const tag = (field << 3) | WIRE_BYTES;
  if (tensor.data.length === 0) return;
  if (field === 8) {
    for (const element of tensor.data as BytesElement[]) {
      writer.varint32(tag);
      if (typeof element === 'string') writer.text(element);
      else writer.bytes(element);
    }
    return;
  }
  if (field === 6 || field === 7) {
    writer.varint32(tag);
    writer.bytes(bytesOf(tensor.data as Float32Array));
    return;
  }
  const mark = writer.begin(tag);
  if (field === 3 || field === 5) {
    for (const value of tensor.data as BigInt64Array) writer.varint64(value);
  } else if (field === 2) {
    for (const value of tensor.data as Int32Array) writer.int64(value);
  } else {
    for (const value of tensor.data as Uint32Array) writer.varint32(value);
  }
  writer.end(mark);
}

function writeRaw(writer: Writer, tensor: Tensor): void {
  if (tensor.datatype !== 'BYTES') {
    writer.varint32(FIELD_6);
    writer.bytes(bytesOf(tensor.data as Uint8Array));
    return;
  }
  const mark = writer.begin(FIELD_6);
  for (const element of tensor.data as BytesElement[]) writer.lengthPrefixed(element);
  writer.end(mark);
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function sizeHint(message: InferResponseMessage): number {
  let size = 128 + message.modelName.length * 3 + message.id.length * 3;
  for (const tensor of message.outputs) {
    const data = tensor.data;
    size += 96 + tensor.name.length * 3 + (ArrayBuffer.isView(data) ? data.byteLength + 8 : data.length * 16);
  }
  return size;
}

import { invalidInput, type Parameters, type ParameterValue } from '@berth/inference';
import { Contents } from './contents.ts';
import { readParameter } from './parameters.ts';
import { Reader, WIRE_BYTES, WIRE_VARINT } from './reader.ts';

/** Inputs, outputs or raw buffers that one request may have. */
const MAX_TENSORS = 65_536;
/** Dimensions that one shape may have; NumPy stops at 64. */
const MAX_DIMENSIONS = 1_024;

/** A decoded `ModelInferRequest.InferInputTensor`. */
export interface InputTensorMessage {
  name: string;
  datatype: string;
  /** As sent; may be negative or beyond 2^53 (then inexact), which the caller refuses. */
  shape: number[];
  parameters: Parameters | undefined;
  contents: Contents | undefined;
}

/** A decoded `ModelInferRequest.InferRequestedOutputTensor`. */
export interface RequestedOutputMessage {
  name: string;
  parameters: Parameters | undefined;
}

/** A decoded `ModelInferRequest`. Raw buffers are views of the message. */
export interface InferRequestMessage {
  modelName: string;
  modelVersion: string;
  id: string;
  parameters: Parameters | undefined;
  inputs: InputTensorMessage[];
  outputs: RequestedOutputMessage[];
  rawInputContents: Buffer[];
}

const FIELD_1 = (1 << 3) | WIRE_BYTES;
const FIELD_2 = (2 << 3) | WIRE_BYTES;
const FIELD_3 = (3 << 3) | WIRE_BYTES;
const FIELD_3_VARINT = (3 << 3) | WIRE_VARINT;
const FIELD_4 = (4 << 3) | WIRE_BYTES;
const FIELD_5 = (5 << 3) | WIRE_BYTES;
const FIELD_6 = (6 << 3) | WIRE_BYTES;
const FIELD_7 = (7 << 3) | WIRE_BYTES;

/**
 * Decodes the one message on the hot path by hand; a property test holds it against the generated code.
 * @throws InferenceError INVALID_INPUT for bytes that are no such message, or for one with too many parts.
 */
export function readInferRequest(bytes: Buffer): InferRequestMessage {
  const reader = new Reader(bytes);
  const message: InferRequestMessage = {
    modelName: '',
    modelVersion: '',
    id: '',
    parameters: undefined,
    inputs: [],
    outputs: [],
    rawInputContents: [],
  };
  let parameters: Map<string, ParameterValue> | undefined;
  while (reader.position < reader.end) {
    const tag = reader.tag();
    switch (tag) {
      case FIELD_1:
        message.modelName = reader.string();
        break;
      case FIELD_2:
        message.modelVersion = reader.string();
        break;
      case FIELD_3:
        message.id = reader.string();
        break;
      case FIELD_4:
        if (parameters === undefined) message.parameters = parameters = new Map();
        readParameter(reader, parameters);
        break;
      case FIELD_5:
        push(message.inputs, readInput(reader), 'inputs');
        break;
      case FIELD_6:
        push(message.outputs, readOutput(reader), 'outputs');
        break;
      case FIELD_7:
        push(message.rawInputContents, reader.bytes(), 'raw_input_contents');
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  return message;
}

function push<Part>(list: Part[], part: Part, name: string): void {
  if (list.length >= MAX_TENSORS)
    throw invalidInput(`more than ${MAX_TENSORS} ${name}; send fewer, each with more rows`);
  list.push(part);
}

function readInput(reader: Reader): InputTensorMessage {
  const end = reader.lengthEnd();
  const outer = reader.end;
  reader.end = end;
  const input: InputTensorMessage = {
    name: '',
    datatype: '',
    shape: [],
    parameters: undefined,
    contents: undefined,
  };
  let parameters: Map<string, ParameterValue> | undefined;
  while (reader.position < end) {
    const tag = reader.tag();
    switch (tag) {
      case FIELD_1:
        input.name = reader.string();
        break;
      case FIELD_2:
        input.datatype = reader.string();
        break;
      case FIELD_3:
        readShape(reader, input);
        break;
      case FIELD_3_VARINT:
        pushDimension(input, reader.int64AsNumber());
        break;
      case FIELD_4:
        if (parameters === undefined) input.parameters = parameters = new Map();
        readParameter(reader, parameters);
        break;
      case FIELD_5:
        input.contents ??= new Contents(reader.buffer);
        input.contents.add(reader);
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  reader.end = outer;
  return input;
}

function readShape(reader: Reader, input: InputTensorMessage): void {
  const end = reader.lengthEnd();
  const outer = reader.end;
  reader.end = end;
  while (reader.position < end) pushDimension(input, reader.int64AsNumber());
  reader.end = outer;
}

function pushDimension(input: InputTensorMessage, dimension: number): void {
  if (input.shape.length >= MAX_DIMENSIONS) {
    throw invalidInput(`the shape of input "${input.name}" has more than ${MAX_DIMENSIONS} dimensions`);
  }
  input.shape.push(dimension);
}

function readOutput(reader: Reader): RequestedOutputMessage {
  const end = reader.lengthEnd();
  const outer = reader.end;
  reader.end = end;
  const output: RequestedOutputMessage = { name: '', parameters: undefined };
  let parameters: Map<string, ParameterValue> | undefined;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === FIELD_1) output.name = reader.string();
    else if (tag === FIELD_2) {
      if (parameters === undefined) output.parameters = parameters = new Map();
      readParameter(reader, parameters);
    } else reader.skip(tag & 7);
  }
  reader.end = outer;
  return output;
}

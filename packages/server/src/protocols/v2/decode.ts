import {
  type Datatype,
  invalidInput,
  isDatatype,
  type Parameters,
  type Tensor,
  type TensorData,
} from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';
import type { NumberList } from '../../json/number-list.ts';
import { readJson } from '../../json/read.ts';
import { decodeData } from '../../json/tensor-data.ts';
import { OtherProtocol } from '../other-protocol.ts';
import { applyContentTypes } from './content-types.ts';
import { decodeBinary } from './decode-binary.ts';
import { countParameter, decodeParameters, flagParameter, isObject, type JsonObject } from './decode-parameters.ts';
import { liftedData, liftNumbers } from './lift-numbers.ts';
import type { RequestedOutput, V2DecodeRules, V2Request } from './request.ts';

/** Dimensions a tensor may have; numpy's own limit is 64. */
const MAX_RANK = 64;
const MAX_INPUTS = 10_000;

/**
 * Decodes the body of a v2 inference request. `jsonLength` is the value of `Inference-Header-Content-Length`: the JSON
 * part's bytes, after which the binary tensors follow in the order of the inputs; undefined where all is JSON.
 * @throws InferenceError INVALID_INPUT
 */
export function decodeV2(body: Buffer, jsonLength: number | undefined, rules: V2DecodeRules): V2Request {
  return (jsonLength === undefined ? decodeLifted(body, rules) : undefined) ?? decodePlain(body, jsonLength, rules);
}

/** The quick way for bodies that are mostly numbers; undefined where anything is unusual or wrong. */
function decodeLifted(body: Buffer, rules: V2DecodeRules): V2Request | undefined {
  const lifted = liftNumbers(body);
  if (lifted === undefined) return undefined;
  try {
    const left = new Map(lifted.lists);
    const request = decodePlain(lifted.rest, undefined, rules, left);
    // A list that no input took stood somewhere else: only the plain way knows what that means.
    return left.size === 0 ? request : undefined;
  } catch {
    return undefined;
  }
}

function decodePlain(
  body: Buffer,
  jsonLength: number | undefined,
  rules: V2DecodeRules,
  lifted?: Map<string, NumberList>,
): V2Request {
  const json = readJson(jsonLength === undefined ? body : body.subarray(0, jsonLength), 'accept');
  const value = json.value;
  if (!isObject(value)) throw invalidInput('the body must be a JSON object with "inputs"');
  checkProtocol(value);
  const binary = new BinaryPart(body, jsonLength ?? body.length);
  const parameters = decodeParameters(value.parameters, rules);
  const inputs = value.inputs as JsonValue[];
  if (inputs.length > MAX_INPUTS) throw invalidInput(`the request has more than ${MAX_INPUTS} inputs`);
  const tensors = inputs.map((input, index) => decodeInput(input, index, binary, rules, lifted));
  binary.finish();
  const applied = applyContentTypes(tensors, parameters);
  return {
    id: decodeId(value.id),
    inputs: applied.inputs,
    layout: applied.layout,
    outputs: decodeOutputs(value.outputs, rules),
    parameters,
    binaryOutput: flagParameter(parameters, 'binary_data_output', 'the request') ?? false,
    literals: json.literals || (flagParameter(parameters, 'nan_literals', 'the request') ?? false),
  };
}

/** Refuses a body that is not v2, and says where a v1 body goes. */
function checkProtocol(body: JsonObject): void {
  if (body.instances !== undefined && body.inputs === undefined) {
    throw new OtherProtocol('the body has "instances", which is a v1 request');
  }
  if (body.inputs === undefined)
    throw invalidInput(
      'the body has no "inputs": a v2 request is {"inputs": [{"name": …, "shape": …, "datatype": …, "data": …}]}',
    );
  if (!Array.isArray(body.inputs)) throw invalidInput('"inputs" must be a list of tensors');
}

function decodeId(id: JsonValue | undefined): string | undefined {
  if (id === undefined || id === null || id === '') return undefined;
  if (typeof id !== 'string') throw invalidInput('"id" must be a string');
  if (id.length > 1024) throw invalidInput('"id" is longer than 1024 characters');
  return id;
}

/** Hands out the binary part's bytes in order. */
class BinaryPart {
  #body: Buffer;
  #at: number;

  constructor(body: Buffer, start: number) {
    this.#body = body;
    this.#at = start;
  }

  take(size: number, name: string): Uint8Array {
    const left = this.#body.length - this.#at;
    if (size > left) {
      throw invalidInput(`unexpected size for input '${name}', expecting ${size - left} additional bytes`);
    }
    this.#at += size;
    return this.#body.subarray(this.#at - size, this.#at);
  }

  finish(): void {
    const left = this.#body.length - this.#at;
    if (left > 0) throw invalidInput(`unexpected additional input data: ${left} bytes after the last binary input`);
  }
}

function decodeInput(
  input: JsonValue,
  index: number,
  binary: BinaryPart,
  rules: V2DecodeRules,
  lifted: Map<string, NumberList> | undefined,
): Tensor {
  if (!isObject(input)) throw invalidInput(`inputs[${index}] must be an object with name, shape, datatype and data`);
  const name = input.name;
  if (typeof name !== 'string') throw invalidInput(`inputs[${index}] has no "name"`);
  if (name.length > 1024) throw invalidInput(`inputs[${index}] has a name longer than 1024 characters`);
  const datatype = decodeDatatype(input.datatype, name);
  const shape = decodeShape(input.shape, name);
  const count = countOf(shape, name);
  const parameters = decodeParameters(input.parameters, rules);
  const data =
    takeLifted(input.data, lifted, datatype, shape, count, parameters) ??
    decodeContents(input.data, name, datatype, shape, count, parameters, binary, rules);
  return { name, datatype, shape, data, ...(parameters === undefined ? {} : { parameters }) };
}

/** The data that was lifted from the body in this input's place. */
function takeLifted(
  data: JsonValue | undefined,
  lifted: Map<string, NumberList> | undefined,
  datatype: Datatype,
  shape: readonly number[],
  count: number,
  parameters: Parameters | undefined,
): TensorData | undefined {
  if (lifted === undefined || typeof data !== 'string' || parameters !== undefined) return undefined;
  const list = lifted.get(data);
  const taken = list === undefined ? undefined : liftedData(list, datatype, shape, count);
  if (taken !== undefined) lifted.delete(data);
  return taken;
}

function decodeContents(
  data: JsonValue | undefined,
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  count: number,
  parameters: Parameters | undefined,
  binary: BinaryPart,
  rules: V2DecodeRules,
) {
  if (parameters?.has('shared_memory_region')) {
    throw invalidInput(`input '${name}' lies in shared memory, which this server does not read; send the data itself`);
  }
  const binarySize = countParameter(parameters, 'binary_data_size', `input '${name}'`);
  if (binarySize === undefined) {
    if (data === undefined) {
      throw invalidInput(`input '${name}' has no data: set 'data', or 'binary_data_size' in 'parameters'`);
    }
    return decodeData(data, name, datatype, shape, count, rules);
  }
  if (data !== undefined) {
    throw invalidInput(`input '${name}' sets both 'data' and 'binary_data_size': set only one of them`);
  }
  return decodeBinary(binary.take(binarySize, name), name, datatype, count);
}

function decodeDatatype(datatype: JsonValue | undefined, name: string): Datatype {
  if (datatype === undefined) throw invalidInput(`input '${name}' has no "datatype"`);
  if (isDatatype(datatype)) return datatype;
  throw invalidInput(
    `invalid datatype for input ${name}: use BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64 or BYTES`,
  );
}

function decodeShape(shape: JsonValue | undefined, name: string): number[] {
  if (shape === undefined) throw invalidInput(`input '${name}' has no "shape"`);
  if (!Array.isArray(shape)) throw invalidInput(`input '${name}': "shape" must be a list of whole numbers`);
  if (shape.length > MAX_RANK) throw invalidInput(`input '${name}' has more than ${MAX_RANK} dimensions`);
  for (const dim of shape) {
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 0) {
      throw invalidInput(`input '${name}': "shape" must be a list of whole numbers of at least 0`);
    }
  }
  return shape as number[];
}

function countOf(shape: readonly number[], name: string): number {
  let count = 1;
  for (const dim of shape) count *= dim;
  if (!Number.isSafeInteger(count)) throw invalidInput(`input '${name}' has a shape of more elements than can be sent`);
  return count;
}

function decodeOutputs(outputs: JsonValue | undefined, rules: V2DecodeRules): RequestedOutput[] {
  if (outputs === undefined || outputs === null) return [];
  if (!Array.isArray(outputs)) throw invalidInput('"outputs" must be a list of objects with a name');
  return outputs.map((output, index) => {
    if (!isObject(output) || typeof output.name !== 'string') throw invalidInput(`outputs[${index}] has no "name"`);
    const parameters = decodeParameters(output.parameters, rules);
    const where = `output '${output.name}'`;
    const binary = flagParameter(parameters, 'binary_data', where);
    const classification = countParameter(parameters, 'classification', where);
    return {
      name: output.name,
      ...(binary === undefined ? {} : { binary }),
      ...(classification === undefined ? {} : { classification }),
    };
  });
}

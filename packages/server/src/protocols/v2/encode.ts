import { type InferResponse, invalidInput, type ModelMetadata, type Parameters, type Tensor } from '@berth/inference';
import { isTableModel } from '../../dataplane/table-model.ts';
import { writePythonFloat, writeTritonFloat, writeTritonFloatOrNull } from '../../json/numbers.ts';
import { classify } from './classification.ts';
import { encodeBinary, encodeData } from './encode-data.ts';
import type { V2Flavour } from './flavours.ts';
import type { RequestedOutput, V2EncodeRequest } from './request.ts';

/** An answer ready to be sent; `jsonLength` where binary tensors follow the JSON. */
export interface EncodedResponse {
  readonly json: string;
  readonly binary: readonly Buffer[];
  readonly jsonLength?: number;
}

/** Who answers, as the answer says it. */
export interface Answerer {
  readonly name: string;
  /** "" for a version without a name. */
  readonly version: string;
  readonly metadata: ModelMetadata;
  /** The id to answer with; "" for none. */
  readonly id: string;
}

/** Encodes the computed tensors as the flavour writes them. */
export function encodeV2(
  response: InferResponse,
  request: V2EncodeRequest,
  answerer: Answerer,
  flavour: V2Flavour,
): EncodedResponse {
  const binary: Buffer[] = [];
  const table = isTableModel(answerer.metadata);
  const floats = chooseFloats(flavour, request.literals);
  let outputs = '';
  for (let index = 0; index < response.outputs.length; index++) {
    const requested = findRequested(request.outputs, response.outputs[index].name);
    const tensor = present(response.outputs[index], index, requested, answerer, flavour, table);
    const asBinary = requested?.binary ?? request.binaryOutput;
    const parameters = outputParameters(tensor, table, flavour);
    let fields: string;
    if (asBinary) {
      const bytes = encodeBinary(tensor);
      binary.push(bytes);
      fields = outputHead(tensor, flavour, addBinarySize(parameters, bytes.length));
    } else {
      if (!flavour.halfInJson) refuseHalf(tensor);
      fields = `${outputHead(tensor, flavour, parameters)},"data":[${encodeData(tensor, floats)}]`;
    }
    outputs += `${index === 0 ? '' : ','}{${fields}}`;
  }
  const json = `{${responseHead(answerer, response.parameters, flavour)},"outputs":[${outputs}]}`;
  if (binary.length === 0) return { json, binary };
  return { json, binary, jsonLength: Buffer.byteLength(json) };
}

function refuseHalf(tensor: Tensor): void {
  if (tensor.datatype !== 'FP16' && tensor.datatype !== 'BF16') return;
  throw invalidInput(
    `sending ${tensor.datatype} data via JSON is not supported. Please use the binary data format for output ${tensor.name}`,
  );
}

function chooseFloats(flavour: V2Flavour, literals: boolean) {
  if (flavour.floats === writePythonFloat) return writePythonFloat;
  return flavour.literalsOut && literals ? writeTritonFloat : writeTritonFloatOrNull;
}

export function findRequested(outputs: readonly RequestedOutput[], name: string): RequestedOutput | undefined {
  for (const output of outputs) if (output.name === name) return output;
  return undefined;
}

/** The tensor under the name and shape in which this flavour answers it. */
export function present(
  tensor: Tensor,
  index: number,
  requested: RequestedOutput | undefined,
  answerer: Answerer,
  flavour: V2Flavour,
  table: boolean,
): Tensor {
  if (requested?.classification) {
    const spec = answerer.metadata.outputs.find((each) => each.name === tensor.name);
    return classify(tensor, requested.classification, spec?.labels);
  }
  if (requested?.as !== undefined) return { ...tensor, name: requested.as };
  if (!table) return tensor;
  if (flavour.outputNames === 'numbered' && requested === undefined) return { ...tensor, name: `output-${index}` };
  if (flavour.columnOutputs && tensor.shape.length === 1) return { ...tensor, shape: [tensor.shape[0], 1] };
  return tensor;
}

export function outputParameters(tensor: Tensor, table: boolean, flavour: V2Flavour): Parameters | undefined {
  if (tensor.parameters !== undefined) return tensor.parameters;
  return table && flavour.columnOutputs ? NP : undefined;
}

const NP: Parameters = new Map([['content_type', 'np']]);

function addBinarySize(parameters: Parameters | undefined, size: number): Parameters {
  return new Map([...(parameters ?? []), ['binary_data_size', size]]);
}

function outputHead(tensor: Tensor, flavour: V2Flavour, parameters: Parameters | undefined): string {
  const name = `"name":${JSON.stringify(tensor.name)}`;
  const shape = `"shape":[${tensor.shape.join(',')}]`;
  const datatype = `"datatype":"${tensor.datatype}"`;
  const head =
    flavour.outputOrder === 'shape-datatype' ? `${name},${shape},${datatype}` : `${name},${datatype},${shape}`;
  if (parameters !== undefined) return `${head},"parameters":${encodeParameters(parameters)}`;
  return flavour.optional === 'null' ? `${head},"parameters":null` : head;
}

function responseHead(answerer: Answerer, parameters: Parameters | undefined, flavour: V2Flavour): string {
  const id = answerer.id === '' ? '' : `"id":${JSON.stringify(answerer.id)}`;
  const version = answerer.version === '' ? flavour.unnamedVersion : answerer.version;
  let head = flavour.idFirst && id !== '' ? `${id},` : '';
  head += `"model_name":${JSON.stringify(answerer.name)}`;
  if (version !== undefined) head += `,"model_version":${JSON.stringify(version)}`;
  else if (flavour.optional === 'null') head += ',"model_version":null';
  if (!flavour.idFirst && id !== '') head += `,${id}`;
  if (parameters !== undefined && parameters.size > 0) head += `,"parameters":${encodeParameters(parameters)}`;
  else if (flavour.optional === 'null') head += ',"parameters":null';
  else if (flavour.optional === 'empty') head += ',"parameters":{}';
  return head;
}

/** Parameters as a JSON object. */
export function encodeParameters(parameters: Parameters): string {
  if (parameters === NP) return '{"content_type":"np"}';
  const fields = [...parameters].map(([name, value]) => {
    return `${JSON.stringify(name)}:${typeof value === 'bigint' ? value : JSON.stringify(value)}`;
  });
  return `{${fields.join(',')}}`;
}

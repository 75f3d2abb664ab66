import { elementByteSize, invalidInput, type ModelMetadata } from '@berth/inference';
import { decodeBinary } from './decode-binary.ts';
import type { V2Request } from './request.ts';

/**
 * Triton's raw binary request (`Inference-Header-Content-Length: 0`): the whole body is the one input of the model. The
 * last dimension that may vary takes what the body's length says, others that may vary are 1. The answer is binary.
 * @throws InferenceError INVALID_INPUT
 */
export function rawRequest(body: Buffer, metadata: ModelMetadata): V2Request {
  if (metadata.inputs.length !== 1) {
    throw invalidInput(`a raw binary request is for models with one input; this one has ${metadata.inputs.length}`);
  }
  if (body.length === 0) throw invalidInput('the body is empty');
  const { name, datatype, shape } = metadata.inputs[0];
  const elementSize = elementByteSize(datatype);
  if (elementSize === 0 && shape.some((dim) => dim > 1)) {
    throw invalidInput(`input '${name}' is BYTES of a fixed shape: send it as JSON or with binary_data_size`);
  }
  const count = elementSize === 0 ? 1 : body.length / elementSize;
  const resolved = resolveShape(shape, count, name);
  return {
    id: undefined,
    inputs: [{ name, datatype, shape: resolved, data: decodeBinary(body, name, datatype, count) }],
    layout: 'tensors',
    outputs: [],
    parameters: undefined,
    binaryOutput: true,
    literals: false,
  };
}

function resolveShape(shape: readonly number[], count: number, name: string): number[] {
  const last = shape.lastIndexOf(-1);
  const known = shape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const open = last < 0 ? 1 : count / known;
  if (!Number.isInteger(open) || (last < 0 && known !== count)) {
    throw invalidInput(`the body holds ${count} elements, which does not fit input '${name}' of shape [${shape}]`);
  }
  return shape.map((dim, index) => (index === last ? open : dim === -1 ? 1 : dim));
}

import { allocate, elementCount, type InferRequest, type ModelMetadata, type Tensor } from '@berth/inference';

/** A made-up request larger than this tells nothing more and costs too much. */
const MAX_ELEMENTS = 2 ** 24;

/**
 * A request of one row made from a model's metadata: zeros, and the given text; free sizes are 1. Undefined where the metadata
 * names no inputs or asks for too much.
 */
export function madeUpRequest(metadata: ModelMetadata, text = 'a'): InferRequest | undefined {
  const inputs: Tensor[] = [];
  let elements = 0;
  for (const { name, datatype, shape } of metadata.inputs) {
    const sizes = shape.map((dim) => (dim < 0 ? 1 : dim));
    elements += elementCount(sizes);
    if (elements > MAX_ELEMENTS) return undefined;
    const data = allocate(datatype, elementCount(sizes));
    if (datatype === 'BYTES') (data as string[]).fill(text);
    inputs.push({ name, datatype, shape: sizes, data });
  }
  return inputs.length === 0 ? undefined : { inputs, layout: 'tensors', outputs: [] };
}

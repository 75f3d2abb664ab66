import type { Flavour } from '@berth/formats';
import { type InferRequest, invalidInput, type Model } from '@berth/inference';
import { decodeV1, parseV1 } from './v1/decode.ts';
import { targetOf } from './v1/predict.ts';
import { decodeV2 } from './v2/decode.ts';
import { v2Flavour } from './v2/flavours.ts';

/**
 * Decodes a request that is shipped with a model (`warmup.json`), v1 or v2 by its shape, as the HTTP routes would.
 * @throws InferenceError INVALID_INPUT
 */
export function decodeShippedRequest(body: string, model: Model, flavour: Flavour): InferRequest {
  const bytes = Buffer.from(body);
  const value = parseV1(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput('the request must be a JSON object with "instances" (v1) or "inputs" (v2)');
  }
  if ('instances' in value || !Array.isArray(value.inputs)) {
    const request = decodeV1(value, targetOf(model.metadata));
    return withParameters({ inputs: request.inputs, layout: request.layout, outputs: request.outputs }, request);
  }
  const request = decodeV2(bytes, undefined, v2Flavour(flavour));
  const outputs = request.outputs.map((output) => output.name);
  return withParameters({ inputs: request.inputs, layout: request.layout, outputs }, request);
}

function withParameters(
  request: InferRequest,
  from: Pick<InferRequest, never> & { parameters?: unknown },
): InferRequest {
  const { parameters } = from as Pick<InferRequest, 'parameters'>;
  return parameters === undefined ? request : { ...request, parameters };
}

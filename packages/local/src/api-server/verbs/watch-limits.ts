import type { ServerResponse } from 'node:http';
import { ApiFailure } from '../failure.ts';

const MAX_WATCHES = 500;
/** A client that reads nothing while this much waits for it is let go; it comes again from where it was. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** All of them together, where each stays below its own limit. */
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
/** Below this a client is not slow. */
const SLOW_BYTES = 256 * 1024;

/** What all watches together may take. */
export interface WatchLimits {
  /** Counts one more until its answer is closed. @throws ApiFailure 429 */
  enter(response: ServerResponse): void;
  /** Whether a client has to go for being slow. */
  isTooSlow(response: ServerResponse): boolean;
}

export function createWatchLimits(): WatchLimits {
  const open = new Set<ServerResponse>();
  return {
    enter(response) {
      if (open.size >= MAX_WATCHES) {
        throw new ApiFailure(429, 'TooManyRequests', `there are ${MAX_WATCHES} watches already; end some`);
      }
      open.add(response);
      response.on('close', () => open.delete(response));
    },
    isTooSlow(response) {
      const waiting = response.writableLength;
      if (waiting < SLOW_BYTES) return false;
      if (waiting > MAX_WAITING_BYTES) return true;
      let total = 0;
      for (const one of open) total += one.writableLength;
      return total > MAX_TOTAL_BYTES;
    },
  };
}

/** Attempts in all, with those that end before anything was sent, e.g. refused connections. */
export const MAX_ATTEMPTS = 20;

/**
 * Replicas that may get one request where it may be sent again: the first and another. One that had to wait until the
 * other came gets a third: all who waited are sent there at once, and would all be lost with it. There is an end, since
 * a request may be what ends the replicas.
 */
export function maxReached(hasWaited: boolean): number {
  return hasWaited ? 3 : 2;
}

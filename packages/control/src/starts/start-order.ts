/** A replica that is to be started. */
export interface StartWish {
  readonly id: string;
  /** `namespace/name` of its InferenceService. */
  readonly service: string;
  /** Whether a request waits for it. */
  readonly isWaitedFor: boolean;
  /** Which wish it is, counted from the beginning. */
  readonly order: number;
}

/**
 * Which replicas may start now, in this order, where `limit` may be starting at once and `inFlight` are, by service. What a
 * request waits for goes first. Then the service goes first that starts the fewest, then the wish that is older. One place is
 * kept for requests that wait, where there is more than one.
 */
export function nextStarts(
  wishes: Iterable<StartWish>,
  inFlight: ReadonlyMap<string, number>,
  limit: number,
): readonly StartWish[] {
  const counts = new Map(inFlight);
  let total = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const left = new Set(wishes);
  const chosen: StartWish[] = [];
  const precedes = (one: StartWish, other: StartWish) => {
    if (one.isWaitedFor !== other.isWaitedFor) return one.isWaitedFor;
    const starting = (counts.get(one.service) ?? 0) - (counts.get(other.service) ?? 0);
    return starting === 0 ? one.order < other.order : starting < 0;
  };
  while (total < limit) {
    let first: StartWish | undefined;
    for (const wish of left) if (first === undefined || precedes(wish, first)) first = wish;
    if (first === undefined) break;
    if (!first.isWaitedFor && limit > 1 && total >= limit - 1) break;
    left.delete(first);
    chosen.push(first);
    counts.set(first.service, (counts.get(first.service) ?? 0) + 1);
    total++;
  }
  return chosen;
}

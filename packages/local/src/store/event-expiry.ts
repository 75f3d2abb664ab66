import type { ApiObject } from '@berth/control';

/** Events are kept for an hour after they last happened, as kube-apiserver's --event-ttl has it. */
const EVENT_MS = 3_600_000;
/** However many happen: a service that crashes in a loop must not fill the memory. */
const MAX_EVENTS = 10_000;

/** Events that are to go: those too old, and the oldest of too many. */
export function expiredEvents(events: readonly ApiObject[], now: Date): ApiObject[] {
  const limit = now.getTime() - EVENT_MS;
  const old = events.filter((event) => lastTime(event) < limit);
  const left = events.length - old.length;
  if (left <= MAX_EVENTS) return old;
  const gone = new Set(old);
  const byAge = events
    .filter((event) => !gone.has(event))
    .sort((left, right) => Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion));
  // Some room, so that the next event does not make the next sweep.
  return [...old, ...byAge.slice(0, left - MAX_EVENTS + MAX_EVENTS / 10)];
}

/** When it last happened, as far as it can be read. */
function lastTime(event: ApiObject): number {
  const { lastObservedTime } = (event.series ?? {}) as { lastObservedTime?: unknown };
  const times = [event.lastTimestamp, event.eventTime, lastObservedTime, event.metadata.creationTimestamp]
    .map((time) => (typeof time === 'string' ? Date.parse(time) : Number.NaN))
    .filter((time) => !Number.isNaN(time));
  return Math.max(0, ...times);
}

import type { ResourceStore } from '@berth/control';

/** As kube-apiserver's --event-ttl. */
const TTL_MS = 3_600_000;

/** Removes events that nobody has seen for an hour. */
export function expireEvents(store: ResourceStore, now: Date): void {
  for (const event of store.list('Event')) {
    const { metadata, lastTimestamp } = event as {
      metadata: { name: string; namespace?: string; creationTimestamp: string };
      lastTimestamp?: string;
    };
    if (now.getTime() - Date.parse(lastTimestamp ?? metadata.creationTimestamp) < TTL_MS) continue;
    store.delete({
      kind: 'Event',
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    });
  }
}

import { printable } from '../terminal/io.ts';
import { age } from './age.ts';

/** A v1 Event, as far as it is shown. */
export interface EventObject {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string; readonly resourceVersion?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** When an event was last seen, RFC 3339. */
export function lastSeen(event: EventObject): string {
  return event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
}

/** Whether an event is about a service, or about something of it (its revisions and pods are named after it). */
export function isAbout(event: EventObject, service: string): boolean {
  const { kind, name } = event.involvedObject ?? {};
  if (name === undefined) return false;
  return name === service || (kind !== 'InferenceService' && name.startsWith(`${service}-`));
}

/** A header and a row for each event. */
export function eventRows(events: readonly EventObject[], now: Date): string[][] {
  const rows = events.map((event) => {
    const object = `${(event.involvedObject?.kind ?? '').toLowerCase()}/${event.involvedObject?.name ?? ''}`;
    const times = (event.count ?? 1) > 1 ? ` (x${event.count})` : '';
    const message = printable(event.message ?? '').replace(/\s*\n\s*/g, ' ⏎ ');
    return [`${age(lastSeen(event), now)}${times}`, event.type ?? '', event.reason ?? '', object, message];
  });
  return [['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], ...rows];
}

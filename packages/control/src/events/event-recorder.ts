import { digestOf } from '../revisions/digest.ts';
import { timestamp } from '../status/conditions.ts';
import type { ApiObject, ResourceStore } from '../store/resource-store.ts';
import type { Clock } from '../time/clock.ts';

/** An event to tell of an object. */
export interface EventFacts {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Kubernetes bounds the message of an event. */
const MAX_MESSAGE = 1024;
/** Different messages of one reason before they are told as one (client-go's event aggregator: 10 in 10 minutes). */
const MAX_SIMILAR = 10;
const SIMILAR_MS = 600_000;
/** Events of one object at once, and how fast more become possible (client-go's spam filter: 25, one in 5 minutes). */
const BURST = 25;
const REFILL_MS = 5_000;

interface Allowance {
  left: number;
  at: number;
}

/**
 * Writes Events as Kubernetes' recorder does: an event that repeats counts up, many that differ only in their message
 * become one, and an object that has too much to say is cut short.
 */
export class EventRecorder {
  readonly #store: ResourceStore;
  readonly #clock: Clock;
  /** Messages told lately, by object and reason. */
  readonly #similar = new Map<string, { readonly messages: Set<string>; since: number }>();
  readonly #allowances = new Map<string, Allowance>();

  constructor(store: ResourceStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Tells it once: a restarted controller that finds it told already stays silent. */
  once(object: ApiObject, event: EventFacts): void {
    this.#write(object, event, false);
  }

  /** Tells that it happened, again if it did before. */
  record(object: ApiObject, event: EventFacts): void {
    this.#write(object, event, true);
  }

  /** What is remembered of an object that has gone. */
  forget(uid: string): void {
    this.#allowances.delete(uid);
    for (const key of this.#similar.keys()) if (key.startsWith(`${uid}/`)) this.#similar.delete(key);
  }

  #write(object: ApiObject, event: EventFacts, counts: boolean): void {
    const { uid } = object.metadata;
    const message = this.#combined(uid, event);
    const namespace = object.metadata.namespace ?? 'default';
    const name = `${object.metadata.name}.${digestOf([uid, event.type, event.reason, message]).slice(0, 16)}`;
    const now = timestamp(this.#clock.now());
    const existing = this.#store.get({ kind: 'Event', namespace, name });
    if (existing !== undefined && !counts) return;
    if (!this.#mayTell(uid)) return;
    if (existing !== undefined) {
      const count = typeof existing.count === 'number' ? existing.count + 1 : 2;
      this.#store.update({ ...existing, count, lastTimestamp: now });
      return;
    }
    this.#store.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.metadata.name,
        namespace,
        uid,
        resourceVersion: object.metadata.resourceVersion,
      },
      reason: event.reason,
      message,
      type: event.type,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: 'berth-controller', host: 'localhost' },
      reportingComponent: 'berth-controller',
      reportingInstance: '',
    });
  }

  #combined(uid: string, event: EventFacts): string {
    const message = event.message.length > MAX_MESSAGE ? `${event.message.slice(0, MAX_MESSAGE - 1)}…` : event.message;
    const key = `${uid}/${event.type}/${event.reason}`;
    const now = this.#clock.monotonic();
    let similar = this.#similar.get(key);
    if (similar === undefined || now - similar.since > SIMILAR_MS) {
      similar = { messages: new Set(), since: now };
      this.#similar.set(key, similar);
    }
    if (similar.messages.has(message)) return message;
    if (similar.messages.size >= MAX_SIMILAR) return `(combined from similar events): ${event.reason}`;
    similar.messages.add(message);
    return message;
  }

  #mayTell(uid: string): boolean {
    const now = this.#clock.monotonic();
    const allowance = this.#allowances.get(uid) ?? { left: BURST, at: now };
    const refilled = Math.min(BURST, allowance.left + (now - allowance.at) / REFILL_MS);
    if (refilled < 1) return false;
    this.#allowances.set(uid, { left: refilled - 1, at: now });
    return true;
  }
}

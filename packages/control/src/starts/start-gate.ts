import type { ReplicaView } from '../substrate/substrate.ts';
import type { Clock } from '../time/clock.ts';
import { nextStarts, type StartWish } from './start-order.ts';

/** A replica that has not got ready for so long does not keep others from starting any more. */
const LONGEST_START_MS = 60_000;

/** Bounds how many replicas of the machine start at once: five hundred processes that start together all start late. */
export class StartGate {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #wishes = new Map<string, StartWish>();
  /** Replicas that are starting: their service, and since when (monotonic milliseconds). */
  readonly #starting = new Map<string, { readonly service: string; readonly since: number }>();
  #order = 0;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** A service says what it wants to start, instead of what it wanted before. Gives the names that it may start now. */
  ask(service: string, wanted: readonly { readonly id: string; readonly isWaitedFor: boolean }[]): ReadonlySet<string> {
    const before = new Map<string, StartWish>();
    for (const wish of this.#wishes.values()) if (wish.service === service) before.set(wish.id, wish);
    for (const id of before.keys()) this.#wishes.delete(id);
    for (const { id, isWaitedFor } of wanted) {
      this.#wishes.set(id, { id, service, isWaitedFor, order: before.get(id)?.order ?? this.#order++ });
    }
    if (wanted.length === 0) return new Set();
    const granted = this.#next().filter((wish) => wish.service === service);
    for (const { id } of granted) this.#wishes.delete(id);
    return new Set(granted.map((wish) => wish.id));
  }

  /** A replica was told to start. */
  started(service: string, id: string): void {
    this.#starting.set(id, { service, since: this.#clock.monotonic() });
  }

  /** A replica is another, or gone. One that starts once more by itself has its own pauses and is not counted. */
  observe(id: string, view: ReplicaView | undefined): void {
    if (view?.state !== 'starting' || view.restarts > 0) this.#starting.delete(id);
    else if (!this.#starting.has(id)) this.started(`${view.workload.namespace}/${view.workload.service}`, id);
  }

  /** Whether something of a service waits for its turn. */
  isWaiting(service: string): boolean {
    for (const wish of this.#wishes.values()) if (wish.service === service) return true;
    return false;
  }

  /** The services whose turn it is. */
  turns(): ReadonlySet<string> {
    return this.#wishes.size === 0 ? new Set() : new Set(this.#next().map((wish) => wish.service));
  }

  #next(): readonly StartWish[] {
    const oldest = this.#clock.monotonic() - LONGEST_START_MS;
    const counts = new Map<string, number>();
    for (const { service, since } of this.#starting.values()) {
      if (since > oldest) counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    return nextStarts(this.#wishes.values(), counts, this.#limit);
  }
}

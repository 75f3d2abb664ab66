import type { ReplicaView } from '../substrate/substrate.ts';
import type { Clock } from '../time/clock.ts';
import { nextStarts, type StartWish } from './start-order.ts';

/** A replica that has not got ready for so long does not keep others from starting any more. */
const LONGEST_START_MS = 60_000;

/** Up to here each step forward is worth telling, further back each halving: telling costs a write of a status. */
const NEAR = 10;

/** What a service waits for whose replica may not start yet. */
export interface StartWait {
  /** Replicas that may be starting at once. */
  readonly limit: number;
  /** Replicas that are starting now. */
  readonly starting: number;
  /** Replicas of any service that were asked for earlier, or that a request waits for, and wait as well. */
  readonly before: number;
}

/** Bounds how many replicas of the machine start at once: five hundred processes that start together all start late. */
export class StartGate {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #wishes = new Map<string, StartWish>();
  /** Replicas that are starting: their service, and since when (monotonic milliseconds). */
  readonly #starting = new Map<string, { readonly service: string; readonly since: number }>();
  /** What waiting services were told last about their place. */
  readonly #told = new Map<string, number>();
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

  /** What a service waits for, to be told to people; undefined where it waits for no turn. */
  waitOf(service: string): StartWait | undefined {
    const before = this.#places().get(service);
    if (before === undefined) return undefined;
    this.#told.set(service, before);
    const starting = [...this.#startingNow().values()].reduce((sum, one) => sum + one, 0);
    return { limit: this.#limit, starting, before };
  }

  /** The services whose turn it is, and those that have come so much nearer to theirs that they should say so. */
  turns(): ReadonlySet<string> {
    if (this.#wishes.size === 0) {
      this.#told.clear();
      return new Set();
    }
    const services = new Set(this.#next().map((wish) => wish.service));
    const places = this.#places();
    for (const [service, told] of this.#told) {
      const before = places.get(service);
      if (before === undefined) this.#told.delete(service);
      else if (before < told && (before < NEAR || before <= told / 2)) services.add(service);
    }
    return services;
  }

  /** How many wishes stand before the first one of each service. */
  #places(): ReadonlyMap<string, number> {
    const places = new Map<string, number>();
    const inOrder = [...this.#wishes.values()].sort((one, other) =>
      one.isWaitedFor === other.isWaitedFor ? one.order - other.order : one.isWaitedFor ? -1 : 1,
    );
    for (const [index, { service }] of inOrder.entries()) if (!places.has(service)) places.set(service, index);
    return places;
  }

  #startingNow(): ReadonlyMap<string, number> {
    const oldest = this.#clock.monotonic() - LONGEST_START_MS;
    const counts = new Map<string, number>();
    for (const { service, since } of this.#starting.values()) {
      if (since > oldest) counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    return counts;
  }

  #next(): readonly StartWish[] {
    return nextStarts(this.#wishes.values(), this.#startingNow(), this.#limit);
  }
}

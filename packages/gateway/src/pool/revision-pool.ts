import type { RevisionLoad, RoutedRevision, RoutedService } from '@berth/api';
import { Endpoint, isSamePlace } from './endpoint.ts';
import { LoadMeter } from './load-meter.ts';
import { Refusal } from './refusal.ts';

/** A request that waits for a replica. */
export interface Waiter {
  readonly bytes: number;
  /** When its time is up, by the monotonic clock; it is not begun after that, however late its own timer is. */
  readonly deadline: number;
  /** Called once: with an endpoint whose `running` counts this request already, or with why not. */
  readonly settle: (endpoint: Endpoint | undefined, refusal: Refusal | undefined) => void;
}

/** What a pool tells. */
export interface PoolEvents {
  /** A first request waits and there is no replica. */
  readonly onDemand: (revision: string) => void;
  /** A replica that was taken out has no request left. */
  readonly onDrained: (endpoint: string) => void;
}

const SHUN_MS = 500;

/**
 * The replicas of a revision and the requests that wait for one. Requests get the less loaded of two replicas drawn by
 * chance; what can not run waits in order.
 */
export class RevisionPool {
  readonly name: string;
  readonly #events: PoolEvents;
  readonly #meter: LoadMeter;
  readonly #draining = new Set<Endpoint>();
  readonly #waiting: Set<Waiter> = new Set();
  #endpoints: Endpoint[] = [];
  #waitingBytes = 0;
  #concurrency = 0;
  #revision: RoutedRevision;
  #hold: RoutedService['hold'];
  #running = 0;
  #wasIdle = true;

  constructor(revision: RoutedRevision, hold: RoutedService['hold'], events: PoolEvents, now: number) {
    this.name = revision.name;
    this.#events = events;
    this.#meter = new LoadMeter(now);
    this.#revision = revision;
    this.#hold = hold;
    this.update(revision, hold);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#running;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Takes over what the table says; endpoints that stay keep their connections. */
  update(revision: RoutedRevision, hold: RoutedService['hold']): void {
    this.#revision = revision;
    this.#hold = hold;
    this.#concurrency = revision.containerConcurrency;
    const before = new Map(this.#endpoints.map((endpoint) => [endpoint.id, endpoint]));
    this.#endpoints = revision.endpoints.map((routed) => {
      const known = before.get(routed.id);
      if (known !== undefined && isSamePlace(known, routed)) {
        before.delete(routed.id);
        return known;
      }
      return new Endpoint(routed);
    });
    for (const endpoint of before.values()) this.#takeOut(endpoint);
    if (this.#waiting.size === 0) return;
    if (!revision.activates && this.#endpoints.length === 0) this.#refuseAll(this.#noReplica());
    else if (this.#endpoints.length > 0) this.#release();
    // Also after the control part was away: what it was told before may be lost.
    else this.#events.onDemand(this.name);
  }

  /** The revision is gone: whoever waits is told so. */
  close(): void {
    for (const endpoint of this.#endpoints.splice(0)) this.#takeOut(endpoint);
    this.#refuseAll(new Refusal(503, 'gone', `the revision ${this.name} was taken down while the request waited`, 1));
  }

  /** Counts a request from now on, whether it runs or waits. */
  arrive(now: number): void {
    this.#wasIdle = false;
    this.#meter.arrive(now);
  }

  /** The counted request has ended. */
  leave(now: number): void {
    this.#meter.leave(now);
  }

  /**
   * An endpoint at once (its `running` counts the request), or undefined where the request has to wait.
   * @throws Refusal where nobody will serve it
   */
  take(now: number, except?: Endpoint): Endpoint | undefined {
    const found = this.#waiting.size > 0 ? undefined : this.#pick(now, except);
    if (found !== undefined) {
      this.#count(found);
      return found;
    }
    if (this.#endpoints.length === 0 && !this.#revision.activates) throw this.#noReplica();
    return undefined;
  }

  /** Puts a request into the queue. @throws Refusal where it is full */
  wait(waiter: Waiter): void {
    if (this.#waiting.size >= this.#hold.maxRequests || this.#waitingBytes + waiter.bytes > this.#hold.maxBytes) {
      throw new Refusal(503, 'queue_full', `too many requests wait for ${this.name}; try again`, 1);
    }
    this.#waiting.add(waiter);
    this.#waitingBytes += waiter.bytes;
    if (this.#endpoints.length === 0 && this.#waiting.size === 1) this.#events.onDemand(this.name);
  }

  /** Its client has gone, or its time is up: the place is free. */
  cancel(waiter: Waiter): void {
    if (this.#waiting.delete(waiter)) this.#waitingBytes -= waiter.bytes;
  }

  /** A request on an endpoint has ended. */
  finish(endpoint: Endpoint): void {
    endpoint.running--;
    this.#running--;
    if (endpoint.isRemoved) {
      if (endpoint.running === 0 && this.#draining.delete(endpoint)) this.#events.onDrained(endpoint.id);
    } else if (this.#waiting.size > 0) this.#release();
  }

  /** An endpoint that could not be reached is passed over for a while: a dead replica is replaced by then. */
  shun(endpoint: Endpoint, now: number): void {
    endpoint.shunnedUntil = now + SHUN_MS;
    endpoint.closeIdle();
    setTimeout(() => this.#release(), SHUN_MS + 1).unref();
  }

  /** The load since the last call; undefined where there was none then and now. */
  load(now: number): Omit<RevisionLoad, 'namespace' | 'service'> | undefined {
    const isIdle = this.#running === 0 && this.#waiting.size === 0;
    const measured = this.#meter.take(now);
    if (isIdle && this.#wasIdle && measured.requests === 0) return undefined;
    this.#wasIdle = isIdle && measured.requests === 0;
    return { revision: this.name, ...measured, waiting: this.#waiting.size, running: this.#running };
  }

  #count(endpoint: Endpoint): void {
    endpoint.running++;
    this.#running++;
  }

  #pick(now: number, except: Endpoint | undefined): Endpoint | undefined {
    const endpoints = this.#endpoints;
    const { length } = endpoints;
    if (length > 2) {
      const one = endpoints[(Math.random() * length) | 0] as Endpoint;
      const two = endpoints[(Math.random() * length) | 0] as Endpoint;
      const better = two.running < one.running ? two : one;
      if (this.#canTake(better, now, except)) return better;
    }
    let best: Endpoint | undefined;
    for (const endpoint of endpoints) {
      if (!this.#canTake(endpoint, now, except)) continue;
      if (best === undefined || endpoint.running < best.running) best = endpoint;
    }
    return best;
  }

  #canTake(endpoint: Endpoint, now: number, except: Endpoint | undefined): boolean {
    if (endpoint === except || endpoint.shunnedUntil > now) return false;
    return this.#concurrency === 0 || endpoint.running < this.#concurrency;
  }

  /** Lets those who wait go, in order, as far as there is room. */
  #release(): void {
    const now = performance.now();
    for (const waiter of this.#waiting) {
      if (waiter.deadline <= now) {
        this.cancel(waiter);
        waiter.settle(undefined, new Refusal(504, 'timeout', 'its time was up before a replica was free'));
        continue;
      }
      const endpoint = this.#pick(now, undefined);
      if (endpoint === undefined) return;
      this.cancel(waiter);
      this.#count(endpoint);
      waiter.settle(endpoint, undefined);
    }
  }

  #refuseAll(refusal: Refusal): void {
    for (const waiter of this.#waiting) {
      this.cancel(waiter);
      waiter.settle(undefined, refusal);
    }
  }

  #takeOut(endpoint: Endpoint): void {
    endpoint.isRemoved = true;
    endpoint.closeIdle();
    endpoint.closeSession();
    if (endpoint.running === 0) this.#events.onDrained(endpoint.id);
    else this.#draining.add(endpoint);
  }

  #noReplica(): Refusal {
    return new Refusal(503, 'no_replica', this.#revision.failure ?? `no replica of ${this.name} is ready`, 1);
  }
}

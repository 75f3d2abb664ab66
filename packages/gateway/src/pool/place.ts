import type { Endpoint } from './endpoint.ts';
import { Refusal } from './refusal.ts';
import type { RevisionPool, Waiter } from './revision-pool.ts';

/** What a place is asked for. */
export interface WantedPlace {
  /** Held while it waits, for the bound on what the queue holds. */
  readonly bytes: number;
  /** By the monotonic clock, see {@link Waiter}. */
  readonly deadline: number;
  /** A replica that any other is preferred to; where no other is free it is taken all the same. */
  readonly except?: Endpoint | undefined;
}

/** Who is told how it went; called at once where a replica is free. */
export interface PlaceHolder {
  /** The endpoint's `running` counts the request. */
  readonly onEndpoint: (endpoint: Endpoint) => void;
  readonly onRefusal: (refusal: Refusal) => void;
}

/** One request's place at a revision: in its queue, then at one of its replicas, perhaps several times. */
export class Place {
  readonly #pool: RevisionPool;
  readonly #holder: PlaceHolder;
  #waiter: Waiter | undefined;
  #endpoint: Endpoint | undefined;
  #waitedMs = 0;
  #hasWaited = false;

  constructor(pool: RevisionPool, holder: PlaceHolder) {
    this.#pool = pool;
    this.#holder = holder;
  }

  /** Where the request is, or was sent last. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  /** Milliseconds in the queue so far. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Whether it was in the queue before it came to its last replica. */
  get hasWaited(): boolean {
    return this.#hasWaited;
  }

  /** Counts the request, until `leave`. */
  arrive(now: number): void {
    this.#pool.arrive(now);
  }

  /** Takes a replica, or waits for one. */
  acquire({ bytes, deadline, except }: WantedPlace): void {
    const pool = this.#pool;
    try {
      const now = performance.now();
      const endpoint = pool.take(now, except) ?? (except === undefined ? undefined : pool.take(now));
      if (endpoint !== undefined) {
        this.#hasWaited = false;
        this.#enter(endpoint);
        return;
      }
      this.#waiter = {
        bytes,
        deadline,
        settle: (found, refusal) => {
          this.#waiter = undefined;
          this.#waitedMs += performance.now() - now;
          this.#hasWaited = true;
          if (found !== undefined) this.#enter(found);
          else if (refusal !== undefined) this.#holder.onRefusal(refusal);
        },
      };
      pool.wait(this.#waiter);
    } catch (thrown) {
      this.#waiter = undefined;
      if (!(thrown instanceof Refusal)) throw thrown;
      this.#holder.onRefusal(thrown);
    }
  }

  /** The request is at its replica no more. */
  release(): void {
    const endpoint = this.#endpoint;
    this.#endpoint = undefined;
    if (endpoint !== undefined) this.#pool.finish(endpoint);
  }

  /** The request is over, wherever it is. */
  leave(): void {
    if (this.#waiter !== undefined) this.#pool.cancel(this.#waiter);
    this.#waiter = undefined;
    this.release();
    this.#pool.leave(performance.now());
  }

  #enter(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#holder.onEndpoint(endpoint);
  }
}

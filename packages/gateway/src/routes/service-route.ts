import type { RoutedService } from '@berth/api';
import { Refusal } from '../pool/refusal.ts';
import { type PoolEvents, RevisionPool } from '../pool/revision-pool.ts';
import { stickyRevision, WeightedRoundRobin } from '../split/weighted-round-robin.ts';

/** A service as requests meet it. */
export class ServiceRoute {
  service: RoutedService;
  /** Requests that run or wait now. */
  inFlight = 0;
  readonly pools = new Map<string, RevisionPool>();
  readonly #split = new WeightedRoundRobin();
  readonly #events: PoolEvents;

  constructor(service: RoutedService, events: PoolEvents) {
    this.#events = events;
    this.service = service;
    this.update(service);
  }

  /** Takes over what the table says. Revisions that stay keep their queues and connections. */
  update(service: RoutedService): void {
    this.service = service;
    this.#split.setShares(service.traffic);
    const gone = new Set(this.pools.keys());
    for (const revision of service.revisions) {
      gone.delete(revision.name);
      const pool = this.pools.get(revision.name);
      if (pool === undefined) {
        this.pools.set(revision.name, new RevisionPool(revision, service.hold, this.#events, performance.now()));
      } else pool.update(revision, service.hold);
    }
    for (const name of gone) {
      this.pools.get(name)?.close();
      this.pools.delete(name);
    }
  }

  /** The revision for a request; `fixed` is what its host stands for. Undefined where nobody has a share. */
  pick(fixed: string | undefined, sticky: string | undefined): RevisionPool | undefined {
    const name = fixed ?? (sticky === undefined ? this.#split.next() : stickyRevision(this.service.traffic, sticky));
    return name === undefined ? undefined : this.pools.get(name);
  }

  /** Why one more request is one too many; undefined where it is not. */
  overLimit(): Refusal | undefined {
    const { maxConcurrency, name } = this.service;
    if (maxConcurrency === undefined || this.inFlight < maxConcurrency) return undefined;
    return new Refusal(429, 'limit', `${name} takes ${maxConcurrency} requests at once; try again`, 1);
  }

  close(): void {
    for (const pool of this.pools.values()) pool.close();
    this.pools.clear();
  }
}

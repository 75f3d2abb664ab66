import type { RevisionLoad, RoutedService, ServiceKey } from '@berth/api';
import type { RoutePublisher } from '../routes/route-publisher.ts';

type Demand = { namespace: string; service: string; revision: string };

/** A gateway's table in memory. It takes over at once and drains at once, unless a test holds it back. */
export class FakeRoutes implements RoutePublisher {
  readonly table = new Map<string, RoutedService>();
  readonly #loads = new Set<(loads: readonly RevisionLoad[]) => void>();
  readonly #demands = new Set<(revision: Demand) => void>();
  #applied: (() => void)[] = [];
  /** Endpoints of which it was not told yet that they were drained. */
  readonly #known = new Set<string>();
  #drains: { id: string; resolve: () => void }[] = [];
  /** Whether tables wait for `confirm`, and endpoints for `drain`. */
  isHeld = false;
  isDraining = false;

  publish(service: RoutedService): void {
    for (const { endpoints } of service.revisions) for (const { id } of endpoints) this.#known.add(id);
    this.table.set(`${service.namespace}/${service.name}`, structuredClone(service));
  }

  remove(service: ServiceKey): void {
    this.table.delete(`${service.namespace}/${service.name}`);
  }

  applied(): Promise<void> {
    if (!this.isHeld) return Promise.resolve();
    return new Promise((resolve) => this.#applied.push(resolve));
  }

  drained(_namespace: string, endpoint: string, _timeoutMs: number): Promise<void> {
    // As the gateway does it: who asks after it was told waits in vain.
    if (!this.#known.delete(endpoint)) return new Promise(() => undefined);
    if (!this.isDraining) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push({ id: endpoint, resolve }));
  }

  onLoad(listener: (loads: readonly RevisionLoad[]) => void): () => void {
    this.#loads.add(listener);
    return () => this.#loads.delete(listener);
  }

  onDemand(listener: (revision: Demand) => void): () => void {
    this.#demands.add(listener);
    return () => this.#demands.delete(listener);
  }

  /** Takes over everything that waits. */
  confirm(): void {
    const waiting = this.#applied;
    this.#applied = [];
    for (const resolve of waiting) resolve();
  }

  /** Ends the last request of every endpoint that was taken out. */
  drain(): void {
    const waiting = this.#drains;
    this.#drains = [];
    for (const { resolve } of waiting) resolve();
  }

  load(loads: readonly RevisionLoad[]): void {
    for (const listener of this.#loads) listener(loads);
  }

  demand(revision: Demand): void {
    for (const listener of this.#demands) listener(revision);
  }
}

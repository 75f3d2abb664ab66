import type { InferenceServiceStatus, RevisionLoad } from '@berth/api';
import type { ReplicaUsage, ResourceStore, Substrate } from '@berth/control';

/** What one service does and uses now; `berth top` shows it. */
export interface ServiceUsage {
  readonly namespace: string;
  readonly name: string;
  readonly ready: string;
  readonly replicas: number;
  readonly requestsPerSecond: number;
  readonly running: number;
  readonly waiting: number;
  /** Cores in use, as a mean since the last report. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** A load that the gateway has not renewed for so long is over. */
const STALE_MS = 3_000;

/** Keeps the last measurements of the gateway and of the replicas. */
export class UsageBook {
  readonly #store: ResourceStore;
  readonly #substrate: Substrate;
  readonly #loads = new Map<string, { readonly at: number; readonly load: RevisionLoad }>();
  #usage: { readonly at: number; readonly byId: ReadonlyMap<string, ReplicaUsage> } | undefined;

  constructor(parts: { readonly store: ResourceStore; readonly substrate: Substrate }) {
    this.#store = parts.store;
    this.#substrate = parts.substrate;
  }

  observe(loads: readonly RevisionLoad[]): void {
    const at = performance.now();
    for (const load of loads) this.#loads.set(`${load.namespace}/${load.revision}`, { at, load });
    for (const [key, one] of this.#loads) if (at - one.at > 60_000) this.#loads.delete(key);
  }

  /** Every service with its load and use. */
  report(): { readonly services: readonly ServiceUsage[] } {
    const at = performance.now();
    const before = this.#usage;
    const byId = new Map(this.#substrate.usage().map((one) => [one.id, one]));
    this.#usage = { at, byId };
    const seconds = before === undefined ? 0 : (at - before.at) / 1000;
    const replicas = this.#substrate.replicas();
    const services = this.#store.list('InferenceService').map(({ metadata, status }): ServiceUsage => {
      const namespace = metadata.namespace ?? 'default';
      const own = replicas.filter(
        ({ workload }) => workload.namespace === namespace && workload.service === metadata.name,
      );
      const loads = [...this.#loads.values()]
        .filter(
          (one) => at - one.at < STALE_MS && one.load.namespace === namespace && one.load.service === metadata.name,
        )
        .map((one) => one.load);
      const cpu = own.reduce((sum, view) => {
        const now = byId.get(view.id)?.cpuSeconds ?? 0;
        return sum + Math.max(0, now - (before?.byId.get(view.id)?.cpuSeconds ?? now));
      }, 0);
      const ready = (status as InferenceServiceStatus | undefined)?.conditions?.find((one) => one.type === 'Ready');
      return {
        namespace,
        name: metadata.name,
        ready: ready?.status ?? 'Unknown',
        replicas: own.filter((view) => view.state === 'ready').length,
        requestsPerSecond: loads.reduce((sum, load) => sum + (load.requests * 1000) / load.windowMs, 0),
        running: loads.reduce((sum, load) => sum + load.running, 0),
        waiting: loads.reduce((sum, load) => sum + load.waiting, 0),
        cpuCores: seconds > 0 ? cpu / seconds : 0,
        memoryBytes: own.reduce((sum, view) => sum + (byId.get(view.id)?.memoryBytes ?? 0), 0),
      };
    });
    return { services };
  }
}

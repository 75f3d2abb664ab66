import { type MetricsRegistry, renderPrometheus } from '@berth/telemetry';
import type { Dataplane, ModelStatistics, Service } from '../dataplane/types.ts';

export type StatisticsList = readonly { name: string; version: string; statistics: ModelStatistics }[];

/** What several worker processes have to do together; a single process uses `localCoordination`. */
export interface Coordination {
  load(service: Service, name: string): Promise<void>;
  unload(service: Service, name: string): Promise<void>;
  /** Server readiness: false while draining, and while a model that was asked for is not READY. */
  ready(service: Service): boolean | Promise<boolean>;
  statistics(service: Service, name?: string, version?: string): StatisticsList | Promise<StatisticsList>;
  /** The text of `/metrics`. */
  metrics(): string | Promise<string>;
}

/** The coordination of one process on its own. */
export function localCoordination(parts: {
  readonly dataplane: Dataplane;
  readonly metrics: MetricsRegistry;
  /** Whether the server has begun to drain; default never. */
  readonly draining?: () => boolean;
}): Coordination {
  return {
    load: (service, name) => service.repository.load(name),
    unload: (service, name) => service.repository.unload(name),
    ready: (service) => parts.draining?.() !== true && service.repository.ready(),
    statistics: (service, name, version) => parts.dataplane.statistics(service, name, version),
    metrics: () => renderPrometheus(parts.metrics.snapshot()),
  };
}

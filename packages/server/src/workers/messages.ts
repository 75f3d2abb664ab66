import type { MetricsSnapshot } from '@berth/telemetry';
import type { StatisticsList } from '../http/coordination.ts';
import type { ProcessSettings } from '../start/app-process.ts';

/** Primary calls `start`: build the app. */
export interface StartArgument {
  readonly module: string;
  readonly config: unknown;
  readonly settings: ProcessSettings;
  readonly worker: number;
}

/** What a worker answers to `listen`. */
export interface Listening {
  readonly urls: readonly string[];
  readonly httpPort: number;
  readonly grpcPort: number | undefined;
}

/** A load or unload by name, for one of the app's services (its index). Calls `change` in both directions. */
export interface Change {
  readonly operation: 'load' | 'unload';
  readonly service: number;
  readonly name: string;
}

/** Answer of a worker to `change`: whether the model answered before. */
export interface Changed {
  readonly wasReady: boolean;
}

/** Everything that one worker has counted; statistics by the index of the service. */
export interface Counts {
  readonly metrics: MetricsSnapshot;
  readonly statistics: readonly StatisticsList[];
}

/** What is ready, in one worker or in all that take requests. */
export interface Readiness {
  /** By the index of the service: whether all that it was told to serve is READY. */
  readonly services: readonly boolean[];
  /** Models with a READY version, as `modelKey` writes them. */
  readonly models: readonly string[];
}

export const NO_READINESS: Readiness = { services: [], models: [] };

/** A model of one of the app's services (its index). */
export function modelKey(service: number, name: string): string {
  return `${service}/${name}`;
}

/** What is ready in every one of several workers. */
export function readyInAll(parts: readonly Readiness[]): Readiness {
  const [first = NO_READINESS, ...rest] = parts;
  return {
    services: first.services.map((ready, service) => ready && rest.every((part) => part.services[service] === true)),
    models: rest.reduce<readonly string[]>((models, part) => {
      const others = new Set(part.models);
      return models.filter((model) => others.has(model));
    }, first.models),
  };
}

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

/** Readiness of each service. */
export type Readiness = readonly boolean[];

export const NO_READINESS: Readiness = [];

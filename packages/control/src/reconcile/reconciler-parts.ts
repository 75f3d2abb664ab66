import type { EventRecorder } from '../events/event-recorder.ts';
import type { ModelSource } from '../models/model-source.ts';
import type { ListenerConfig } from '../plan/platform-config.ts';
import type { HostRegistry } from '../routes/host-registry.ts';
import type { RoutePublisher } from '../routes/route-publisher.ts';
import type { StartGate } from '../starts/start-gate.ts';
import type { ResourceStore } from '../store/resource-store.ts';
import type { Substrate } from '../substrate/substrate.ts';
import type { Clock } from '../time/clock.ts';
import type { Departures } from './departures.ts';
import type { Scaler } from './scaler.ts';
import type { ServiceWorld } from './service-world.ts';

/** What the reconciler works with. */
export interface ReconcilerParts {
  readonly store: ResourceStore;
  readonly substrate: Substrate;
  readonly models: ModelSource;
  readonly routes: RoutePublisher;
  readonly scaler: Scaler;
  readonly world: ServiceWorld;
  readonly hosts: HostRegistry;
  readonly departures: Departures;
  readonly starts: StartGate;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly listener: ListenerConfig;
  /** Looks at a service again, now or in so many milliseconds. */
  readonly again: (key: string, milliseconds?: number) => void;
}

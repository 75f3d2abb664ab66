import type { RoutePublisher } from '../routes/route-publisher.ts';
import type { ReplicaView, Substrate } from '../substrate/substrate.ts';
import type { ServiceMemory } from './memory.ts';

/** Sees replicas off: no new request, then none left, then stopped. */
export class Departures {
  readonly #substrate: Substrate;
  readonly #routes: RoutePublisher;
  readonly #onError: (error: unknown) => void;

  constructor(substrate: Substrate, routes: RoutePublisher, onError: (error: unknown) => void) {
    this.#substrate = substrate;
    this.#routes = routes;
    this.#onError = onError;
  }

  /**
   * Begins it for a replica that the routes as just published no longer name. One that the routes before them did not name
   * either is stopped at once; any other when the gateway has let go of it, at the latest after `drainMs`.
   */
  begin(view: ReplicaView, memory: ServiceMemory, drainMs: number): void {
    if (memory.leaving.has(view.id)) return;
    memory.leaving.add(view.id);
    const wasRouted = memory.routed === undefined || memory.routed.has(view.id);
    if (!wasRouted || view.endpoint === undefined || view.state === 'failed' || view.state === 'starting') {
      this.stop(view.id, memory);
      return;
    }
    const { namespace } = view.workload;
    // Asked at once: the gateway tells of it in the moment in which it takes over the routes.
    this.#routes.drained(namespace, view.id, drainMs).then(
      () => this.stop(view.id, memory),
      (error: unknown) => {
        this.#onError(error);
        this.stop(view.id, memory);
      },
    );
  }

  /** Stops it now; what still runs in it has its grace time. */
  stop(id: string, memory: ServiceMemory): void {
    memory.leaving.add(id);
    if (memory.stopped.has(id)) return;
    memory.stopped.add(id);
    this.#substrate.stop(id);
  }
}

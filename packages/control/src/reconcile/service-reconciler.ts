import type { InferenceService } from '@berth/api';
import { serviceOptions } from '../plan/annotations.ts';
import type { ApiObject } from '../store/resource-store.ts';
import { act } from './act.ts';
import { confirmRoutes } from './confirm-routes.ts';
import { currentRevision, sourceOf } from './current-revision.ts';
import { forgetOld } from './forget-old.ts';
import { serviceView } from './make-view.ts';
import type { ServiceMemory } from './memory.ts';
import { ownReplicas } from './own-replicas.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { noteReady, noteReplicas, unstartedRevisions } from './revision-status.ts';
import { saySteps } from './service-events.ts';
import { serviceStatus } from './service-status.ts';
import type { ServiceView } from './service-view.ts';
import { tracksOf } from './tracks.ts';

/**
 * Brings one InferenceService to what its spec says, step by step: safe at any time, any number of times. It holds what is
 * wanted against what is observed, starts what is missing, publishes where requests go, sees off what is not needed, and
 * writes down how things are.
 */
export class ServiceReconciler {
  readonly #parts: ReconcilerParts;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  reconcile(object: ApiObject, memory: ServiceMemory): void {
    const { world, store } = this.#parts;
    const isvc = object as unknown as InferenceService;
    const { name } = isvc.metadata;
    const namespace = isvc.metadata.namespace ?? 'default';
    const annotations = isvc.metadata.annotations ?? {};
    const options = serviceOptions(annotations);
    const config = world.config();
    const stopped = annotations['serving.kserve.io/stop']?.toLowerCase() === 'true';
    const tracks = tracksOf(isvc, world.runtimes(), world.revisions(namespace, name)).map((track) => {
      const source = stopped ? undefined : sourceOf(this.#parts, track, isvc);
      return { track, source, current: currentRevision(this.#parts, track, source, object, isvc) };
    });
    const revisions = world.revisions(namespace, name);
    const replicas = ownReplicas(this.#parts, namespace, name, revisions, memory);
    noteReady(this.#parts, revisions, replicas, unstartedRevisions(this.#parts, tracks, isvc));
    const seen = serviceView(
      this.#parts,
      isvc,
      config,
      tracks,
      world.revisions(namespace, name),
      replicas,
      memory,
      stopped,
    );
    act(this.#parts, seen, options, replicas, memory);
    noteReplicas(this.#parts, seen, replicas);
    const view: ServiceView = { ...seen, ingress: confirmRoutes(this.#parts, seen, memory) };
    const status = serviceStatus(view, this.#parts);
    saySteps(object, view, options, memory, this.#parts);
    if (JSON.stringify(object.status) !== JSON.stringify(status)) store.updateStatus({ ...object, status });
    forgetOld(this.#parts, view);
    if (options.pollMs !== undefined) {
      this.#parts.again(
        `${namespace}/${name}`,
        options.pollMs - (this.#parts.clock.now().getTime() % options.pollMs) + 10,
      );
    }
  }

  /** Takes a service down that is not there any more. */
  tearDown(namespace: string, name: string, memory: ServiceMemory): void {
    const { routes, hosts, models, departures, substrate, scaler, starts } = this.#parts;
    const key = `${namespace}/${name}`;
    starts.ask(key, []);
    routes.remove({ namespace, name });
    for (const other of hosts.release(key)) this.#parts.again(other);
    models.forget({ namespace, service: name });
    scaler.forget(namespace, name);
    for (const view of substrate.replicas()) {
      const { workload } = view;
      if (workload.namespace !== namespace || workload.service !== name) continue;
      departures.begin(view, memory, workload.terminationGraceSeconds * 1000);
    }
  }
}

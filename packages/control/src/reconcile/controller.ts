import { EventRecorder } from '../events/event-recorder.ts';
import type { ModelSource } from '../models/model-source.ts';
import { CONFIG_MAP, type ListenerConfig } from '../plan/platform-config.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { HostRegistry } from '../routes/host-registry.ts';
import type { RoutePublisher } from '../routes/route-publisher.ts';
import { timestamp } from '../status/conditions.ts';
import { podOf } from '../status/pod.ts';
import { type ApiObject, type ResourceStore, StoreError, type StoreEvent } from '../store/resource-store.ts';
import type { ReplicaView, Substrate } from '../substrate/substrate.ts';
import type { Clock, Timers } from '../time/clock.ts';
import { Departures } from './departures.ts';
import { newMemory, type ServiceMemory } from './memory.ts';
import { Scaler } from './scaler.ts';
import { ServiceReconciler } from './service-reconciler.ts';
import { ServiceWorld } from './service-world.ts';

/** What the controller works with. */
export interface ControllerOptions {
  readonly store: ResourceStore;
  readonly substrate: Substrate;
  readonly models: ModelSource;
  readonly routes: RoutePublisher;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly listener: ListenerConfig;
  readonly random: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** The running controller. */
export interface Controller {
  start(): void;
  stop(): void;
  /** What each revision's autoscaler last decided, for showing. */
  readonly scaler: Scaler;
}

/** What KServe's controller puts on every InferenceService. */
const KSERVE_FINALIZER = 'inferenceservice.finalizers';
const TICK_MS = 2_000;
const RESYNC_MS = 60_000;

/** Keeps every InferenceService as its spec says; starts nothing before `start`. */
export function createController(options: ControllerOptions): Controller {
  const { store, substrate, models, routes, clock, timers } = options;
  const world = new ServiceWorld(store);
  const scaler = new Scaler(clock);
  const memories = new Map<string, ServiceMemory>();
  const departures = new Departures(substrate, routes, (error) => options.onError('draining a replica', error));
  const queue = new WorkQueue({
    work,
    timers,
    clock,
    random: options.random,
    onError: (key, error, attempt) => {
      // Somebody else was faster: looked at again anyway.
      if (!(error instanceof StoreError && error.reason === 'Conflict' && attempt < 5))
        options.onError(`reconciling ${key}`, error);
    },
  });
  const reconciler = new ServiceReconciler({
    store,
    substrate,
    models,
    routes,
    scaler,
    world,
    hosts: new HostRegistry(),
    departures,
    events: new EventRecorder(store, clock),
    clock,
    listener: options.listener,
    again: (key, milliseconds) => (milliseconds === undefined ? queue.add(key) : queue.addAfter(key, milliseconds)),
  });
  const readySince = new Map<string, string>();
  const stops: (() => void)[] = [];

  function work(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const object = store.get({ kind: 'InferenceService', namespace, name });
    const known = memories.get(key);
    const memory =
      known !== undefined && (object === undefined || known.uid === object.metadata.uid)
        ? known
        : newMemory(object?.metadata.uid ?? '');
    memories.set(key, memory);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      reconciler.tearDown(namespace, name, memory);
      if (object !== undefined) letGo(object);
      if (!substrate.replicas().some(({ workload }) => workload.namespace === namespace && workload.service === name))
        memories.delete(key);
      return;
    }
    reconciler.reconcile(object, memory);
  }

  /** KServe's own finalizer comes along in what a cluster exported; what it stands for has just been done. */
  function letGo(object: ApiObject): void {
    const finalizers = object.metadata.finalizers ?? [];
    const others = finalizers.filter((one) => one !== KSERVE_FINALIZER);
    if (others.length === finalizers.length) return;
    store.update({ ...object, metadata: { ...object.metadata, finalizers: others } });
  }

  function everything(): void {
    for (const { metadata } of store.list('InferenceService')) queue.add(`${metadata.namespace}/${metadata.name}`);
  }

  function onStore({ type, object, previous }: StoreEvent): void {
    const { namespace, name } = object.metadata;
    switch (object.kind) {
      case 'InferenceService':
        if (type === 'MODIFIED' && previous !== undefined && isStatusOnly(previous, object)) return;
        queue.add(`${namespace}/${name}`);
        return;
      case 'ServingRuntime':
      case 'ClusterServingRuntime':
        world.forgetRuntimes();
        everything();
        return;
      case 'ConfigMap':
        if (namespace === CONFIG_MAP.namespace && name === CONFIG_MAP.name) everything();
        else inNamespace(namespace);
        return;
      case 'Secret':
      case 'ServiceAccount':
      case 'PersistentVolumeClaim':
        inNamespace(namespace);
        return;
      default:
    }
  }

  function inNamespace(namespace: string | undefined): void {
    for (const { metadata } of store.list('InferenceService', namespace === undefined ? {} : { namespace }))
      queue.add(`${metadata.namespace}/${metadata.name}`);
  }

  function onReplica(id: string, view: ReplicaView | undefined): void {
    if (view === undefined) {
      readySince.delete(id);
      const pod = store.list('Pod').find((one) => one.metadata.name === id);
      if (pod !== undefined) {
        store.delete({ kind: 'Pod', name: id, namespace: pod.metadata.namespace as string });
        const service = pod.metadata.labels?.['serving.kserve.io/inferenceservice'];
        if (service !== undefined) queue.add(`${pod.metadata.namespace}/${service}`);
      } else everything();
      return;
    }
    const { namespace, service } = view.workload;
    if (view.state !== 'ready') readySince.delete(id);
    else if (!readySince.has(id)) readySince.set(id, timestamp(clock.now()));
    writePod(view);
    queue.add(`${namespace}/${service}`);
  }

  /** A replica of a revision that is gone has no pod any more. */
  function writePod(view: ReplicaView): void {
    const { namespace, revision } = view.workload;
    const owner = store.get({ kind: 'Revision', namespace, name: revision });
    if (owner === undefined) return;
    const draft = podOf(view, { name: revision, uid: owner.metadata.uid }, readySince.get(view.id) ?? view.startedAt);
    const existing = store.get({ kind: 'Pod', namespace, name: view.id });
    const object = existing ?? store.create(draft);
    if (JSON.stringify(object.status) !== JSON.stringify(draft.status))
      store.updateStatus({ ...object, status: draft.status });
  }

  return {
    scaler,
    start() {
      stops.push(
        store.watch(onStore),
        substrate.onChange(onReplica),
        models.onChange(({ namespace, service }) => queue.add(`${namespace}/${service}`)),
        routes.onLoad((loads) => scaler.observe(loads)),
        routes.onDemand(({ namespace, service, revision }) => {
          scaler.demand(namespace, revision);
          const key = `${namespace}/${service}`;
          memories.get(key)?.demanded.add(revision);
          queue.add(key);
        }),
      );
      const repeat = (milliseconds: number, act: () => void) => {
        let cancel = timers.after(milliseconds, function again() {
          act();
          cancel = timers.after(milliseconds, again);
        });
        stops.push(() => cancel());
      };
      repeat(TICK_MS, () => {
        for (const key of scaler.tick(substrate.usage())) {
          const slash = key.indexOf('/');
          const revision = store.get({ kind: 'Revision', namespace: key.slice(0, slash), name: key.slice(slash + 1) });
          const service = revision?.metadata.labels?.['serving.kserve.io/inferenceservice'];
          if (service !== undefined) queue.add(`${key.slice(0, slash)}/${service}`);
        }
      });
      repeat(RESYNC_MS, everything);
      for (const view of substrate.replicas()) {
        onReplica(view.id, view);
        // Whose service is gone: looked at so that it is seen off.
        queue.add(`${view.workload.namespace}/${view.workload.service}`);
      }
      everything();
      queue.start();
    },
    stop() {
      for (const stop of stops.splice(0)) stop();
      queue.stop();
    },
  };
}

/** Whether nothing but the status (and what the server counts) changed: the controller's own doing. */
function isStatusOnly(before: ApiObject, after: ApiObject): boolean {
  const meant = ({ spec, metadata }: ApiObject) => {
    const { resourceVersion: _version, managedFields: _fields, ...rest } = metadata;
    return JSON.stringify([spec, rest]);
  };
  return meant(before) === meant(after);
}

import { EventRecorder } from '../events/event-recorder.ts';
import type { ModelSource } from '../models/model-source.ts';
import { CONFIG_MAP, type ListenerConfig } from '../plan/platform-config.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { REVISION_UID_LABEL, SERVICE_LABEL } from '../revisions/revision.ts';
import { HostRegistry } from '../routes/host-registry.ts';
import type { RoutePublisher } from '../routes/route-publisher.ts';
import { StartGate } from '../starts/start-gate.ts';
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
import { sayUnserved, UNSERVED_KINDS } from './unserved-kinds.ts';

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
  /** Replicas of the machine that may be starting at once. */
  readonly maxStarts: number;
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
  const starts = new StartGate(options.maxStarts, clock);
  const reconciler = new ServiceReconciler({
    starts,
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
  /** The service of each replica. */
  const keys = new Map<string, string>();
  const stops: (() => void)[] = [];

  function work(key: string): void {
    const [namespace = '', name = '', kind] = key.split('/');
    if (kind !== undefined) {
      const other = store.get({ kind, namespace, name });
      if (other !== undefined) sayUnserved(other, store, clock);
      return;
    }
    const object = store.get({ kind: 'InferenceService', namespace, name });
    const known = memories.get(key);
    const memory =
      known !== undefined && (object === undefined || known.uid === object.metadata.uid)
        ? known
        : newMemory(object?.metadata.uid ?? '');
    memories.set(key, memory);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      reconciler.tearDown(namespace, name, memory);
      syncPods(namespace, name);
      if (object !== undefined) letGo(object);
      if (!substrate.replicas().some(({ workload }) => workload.namespace === namespace && workload.service === name))
        memories.delete(key);
      return;
    }
    reconciler.reconcile(object, memory);
    syncPods(namespace, name);
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
    for (const kind of UNSERVED_KINDS) {
      for (const { metadata } of store.list(kind)) queue.add(`${metadata.namespace}/${metadata.name}/${kind}`);
    }
  }

  function onStore({ type, object, previous }: StoreEvent): void {
    const { namespace, name } = object.metadata;
    switch (object.kind) {
      case 'InferenceService':
        if (type === 'MODIFIED' && previous !== undefined && isStatusOnly(previous, object)) return;
        queue.add(`${namespace}/${name}`);
        return;
      case 'InferenceGraph':
      case 'TrainedModel':
        if (type !== 'DELETED') queue.add(`${namespace}/${name}/${object.kind}`);
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
    const key = view === undefined ? keys.get(id) : `${view.workload.namespace}/${view.workload.service}`;
    if (view === undefined) {
      keys.delete(id);
      readySince.delete(id);
    } else {
      keys.set(id, `${view.workload.namespace}/${view.workload.service}`);
      if (view.state !== 'ready') readySince.delete(id);
      else if (!readySince.has(id)) readySince.set(id, timestamp(clock.now()));
    }
    if (key === undefined) everything();
    else queue.add(key);
    starts.observe(id, view);
    nextStarts();
  }

  /** Looks at the services whose replicas may start now. */
  function nextStarts(): void {
    for (const key of starts.turns()) queue.add(key);
  }

  /** Shows the replicas of a service as pods, and no others. A replica whose revision is gone has no pod any more. */
  function syncPods(namespace: string, name: string): void {
    const shown = new Set<string>();
    for (const view of substrate.replicas()) {
      const { workload } = view;
      if (workload.namespace !== namespace || workload.service !== name) continue;
      const owner = store.get({ kind: 'Revision', namespace, name: workload.revision });
      if (owner === undefined || workload.labels[REVISION_UID_LABEL] !== owner.metadata.uid) continue;
      shown.add(view.id);
      const since = readySince.get(view.id) ?? view.startedAt;
      const draft = podOf(view, { name: owner.metadata.name, uid: owner.metadata.uid }, since);
      const pod = store.get({ kind: 'Pod', namespace, name: view.id }) ?? store.create(draft);
      if (JSON.stringify(pod.status) !== JSON.stringify(draft.status)) {
        store.updateStatus({ ...pod, status: draft.status });
      }
    }
    for (const { metadata } of store.list('Pod', { namespace, labels: { [SERVICE_LABEL]: name } })) {
      if (!shown.has(metadata.name)) store.delete({ kind: 'Pod', namespace, name: metadata.name });
    }
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
        nextStarts();
        for (const key of scaler.tick(() => substrate.usage())) {
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

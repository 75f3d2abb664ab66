import type { ApiObject, ModelSource, ModelState, ReplicaView, ResourceStore, Substrate } from '@berth/control';
import type { Clock } from '../processes/clock.ts';
import { type FolderModel, isFolderName, type ModelFolder } from './model-folder.ts';
import { ReplicaModels } from './replica-models.ts';
import { callRepository, readRepository } from './repository-call.ts';
import { bytesOf, memoryOf, type TrainedModel } from './trained-model.ts';
import { trainedModelStatus } from './trained-model-status.ts';

/** What keeping the models of multi-model predictors needs. */
export interface TrainedModelParts {
  readonly store: ResourceStore;
  readonly models: ModelSource;
  readonly substrate: Substrate;
  readonly folderOf: (namespace: string, service: string) => ModelFolder;
  /** For what people read. */
  readonly now: () => Date;
  /** For what is tried again. */
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Loads or unloads a model in a replica; a test gives another. */
  readonly call?: typeof callRepository;
  /** Asks a replica what it has; a test gives another. */
  readonly read?: typeof readRepository;
}

/** An InferenceService that TrainedModels name; it need not exist. */
interface Parent {
  readonly namespace: string;
  readonly service: string;
}

/**
 * Keeps every TrainedModel in the folder of its predictor and loaded in each replica, and says in its status how that went.
 * A replica loads what lies in its folder before it is ready; what comes and goes later is loaded and unloaded by name.
 */
export class TrainedModels {
  readonly #parts: TrainedModelParts;
  readonly #replicas: ReplicaModels;
  readonly #stops: (() => void)[] = [];
  readonly #dirty = new Map<string, Parent>();
  /** Names of models whose files were asked for, by parent. */
  readonly #asked = new Map<string, ReadonlySet<string>>();
  /** How to take back the next look at what failed, by parent. */
  readonly #timers = new Map<string, () => void>();
  #work: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: TrainedModelParts) {
    this.#parts = parts;
    this.#replicas = new ReplicaModels({
      call: parts.call ?? callRepository,
      read: parts.read ?? readRepository,
      clock: parts.clock,
      onSettled: ({ workload }) => this.#mark(workload.namespace, workload.service),
    });
  }

  start(): void {
    const { store, substrate, models } = this.#parts;
    this.#stops.push(
      store.watch(({ type, object, previous }) => {
        if (object.kind === 'TrainedModel') this.#modelChanged(type, object, previous);
        else if (object.kind === 'InferenceService') this.#serviceChanged(object);
      }),
      substrate.onChange((_id, view) => {
        if (view !== undefined && isMultiModelReplica(view)) this.#mark(view.workload.namespace, view.workload.service);
      }),
      models.onChange(({ namespace, service }) => {
        const at = service.indexOf('/');
        if (at > 0) this.#mark(namespace, service.slice(0, at));
      }),
    );
    for (const object of store.list('TrainedModel')) this.#markParentOf(object);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops.splice(0)) stop();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await Promise.all([this.#work, this.#replicas.stop()]);
  }

  #modelChanged(type: string, object: ApiObject, previous: ApiObject | undefined): void {
    // The status is written here: it says nothing new.
    if (type === 'MODIFIED' && previous !== undefined && meantOf(previous) === meantOf(object)) return;
    this.#markParentOf(object);
    if (previous !== undefined) this.#markParentOf(previous);
  }

  #serviceChanged({ metadata }: ApiObject): void {
    const parent = { namespace: metadata.namespace ?? 'default', service: metadata.name };
    if (this.#asked.has(keyOf(parent)) || this.#modelsOf(parent).length > 0)
      this.#mark(parent.namespace, metadata.name);
  }

  #markParentOf(object: ApiObject): void {
    const service = (object as TrainedModel).spec?.inferenceService;
    if (typeof service === 'string') this.#mark(object.metadata.namespace ?? 'default', service);
  }

  #mark(namespace: string, service: string): void {
    if (this.#isStopped) return;
    this.#dirty.set(keyOf({ namespace, service }), { namespace, service });
    this.#work ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    for (const [key, parent] of this.#dirty) {
      this.#dirty.delete(key);
      if (this.#isStopped) break;
      try {
        this.#sync(parent);
      } catch (thrown) {
        this.#parts.onError(thrown);
        this.#lookAgain(key, parent, this.#parts.clock.now() + AFTER_ERROR_MS);
      }
    }
    this.#work = undefined;
  }

  /** The models that are meant to be there, the older ones first. */
  #modelsOf({ namespace, service }: Parent): TrainedModel[] {
    const all = this.#parts.store.list('TrainedModel', { namespace }) as TrainedModel[];
    return all
      .filter(({ spec, metadata }) => spec?.inferenceService === service && metadata.deletionTimestamp === undefined)
      .sort(({ metadata: left }, { metadata: right }) =>
        left.creationTimestamp === right.creationTimestamp
          ? left.name.localeCompare(right.name, 'en')
          : left.creationTimestamp < right.creationTimestamp
            ? -1
            : 1,
      );
  }

  /** Compares what is with what is meant to be, and starts what is missing; waits for nothing. */
  #sync(parent: Parent): void {
    const { store, substrate, now } = this.#parts;
    const models = this.#modelsOf(parent);
    const service = store.get({ kind: 'InferenceService', namespace: parent.namespace, name: parent.service });
    const states = this.#askFor(parent, models, service);
    const replicas = substrate
      .replicas()
      .filter((view) => isOf(view, parent))
      .filter(isMultiModelReplica);
    const { wanted, kept } = this.#fillFolder(parent, models, states, service, replicas);
    const ready = replicas.filter(({ state, endpoint }) => state === 'ready' && endpoint !== undefined);
    this.#replicas.keepOnly(substrate.replicas());
    for (const view of ready) this.#replicas.bring(view, wanted, kept);
    for (const model of models) {
      const { name } = model.metadata;
      const files = states.get(name);
      const digest = files?.state === 'ready' ? files.digest : undefined;
      const next = trainedModelStatus(
        {
          model,
          service,
          isNamed: isFolderName(name),
          files,
          outcomes: digest === undefined ? [] : ready.map((view) => this.#replicas.outcome(view, name, digest)),
          isProven: digest !== undefined && this.#replicas.isProven(name, digest),
        },
        model.status,
        now(),
      );
      if (JSON.stringify(model.status) !== JSON.stringify(next)) store.updateStatus({ ...model, status: next });
    }
    const times = ready.map((view) => this.#replicas.retryAt(view)).filter((time) => time !== undefined);
    if (times.length > 0) this.#lookAgain(keyOf(parent), parent, Math.min(...times));
  }

  /** Links and catalog. What is on its way keeps the files it had; what can never be loaded has none. */
  #fillFolder(
    parent: Parent,
    models: readonly TrainedModel[],
    states: ReadonlyMap<string, ModelState>,
    service: ApiObject | undefined,
    replicas: readonly ReplicaView[],
  ): { readonly wanted: ReadonlyMap<string, string>; readonly kept: ReadonlySet<string> } {
    const folder = this.#parts.folderOf(parent.namespace, parent.service);
    const wanted = new Map<string, string>();
    const kept = new Set<string>();
    if (service === undefined && replicas.length === 0) {
      folder.remove();
      return { wanted, kept };
    }
    const memory = memoryOf(service);
    const before = folder.models();
    const files = new Map<string, FolderModel>();
    for (const model of models) {
      const { name } = model.metadata;
      const bytes = bytesOf(model);
      if (bytes > memory || !isFolderName(name)) continue;
      const state = states.get(name);
      const old = before.get(name);
      if (state?.state === 'ready') {
        files.set(name, { path: state.path, digest: state.digest, memory: bytes });
        wanted.set(name, state.digest);
      } else if (old !== undefined && state !== undefined) {
        files.set(name, { ...old, memory: bytes });
        kept.add(name);
      }
    }
    if (replicas.length > 0 || files.size > 0 || before.size > 0) {
      folder.set(files, Number.isFinite(memory) ? memory : undefined);
    }
    return { wanted, kept };
  }

  /** Asks for the files of all models, and for those of no other any more. */
  #askFor(
    parent: Parent,
    models: readonly TrainedModel[],
    service: ApiObject | undefined,
  ): ReadonlyMap<string, ModelState> {
    const key = keyOf(parent);
    const states = new Map<string, ModelState>();
    if (service !== undefined) {
      for (const model of models) states.set(model.metadata.name, this.#parts.models.ask(requestOf(model, service)));
    }
    for (const name of this.#asked.get(key) ?? []) {
      if (!states.has(name)) this.#parts.models.forget({ ...parent, service: `${parent.service}/${name}` });
    }
    if (states.size === 0) this.#asked.delete(key);
    else this.#asked.set(key, new Set(states.keys()));
    return states;
  }

  #lookAgain(key: string, { namespace, service }: Parent, at: number): void {
    this.#timers.get(key)?.();
    const cancel = this.#parts.clock.after(Math.max(0, at - this.#parts.clock.now()), () => {
      this.#timers.delete(key);
      this.#mark(namespace, service);
    });
    this.#timers.set(key, cancel);
  }
}

/** After an error of our own, e.g. a full disk. */
const AFTER_ERROR_MS = 5_000;

function requestOf(model: TrainedModel, service: ApiObject): Parameters<ModelSource['ask']>[0] {
  const { predictor } = service.spec as { predictor?: { serviceAccountName?: string } };
  const account = predictor?.serviceAccountName;
  return {
    namespace: model.metadata.namespace ?? 'default',
    service: `${service.metadata.name}/${model.metadata.name}`,
    uri: model.spec.model.storageUri,
    ...(account === undefined ? {} : { serviceAccountName: account }),
    annotations: { ...service.metadata.annotations, ...model.metadata.annotations },
    env: {},
    refresh: '',
  };
}

/** What a person means by a TrainedModel. */
function meantOf({ spec, metadata }: ApiObject): string {
  return JSON.stringify([spec, metadata.annotations, metadata.deletionTimestamp]);
}

function keyOf({ namespace, service }: Parent): string {
  return `${namespace}/${service}`;
}

function isOf({ workload }: ReplicaView, { namespace, service }: Parent): boolean {
  return workload.namespace === namespace && workload.service === service;
}

function isMultiModelReplica({ workload }: ReplicaView): boolean {
  return workload.runner.kind === 'native' && workload.runner.multiModel;
}

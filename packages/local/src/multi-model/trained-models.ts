import { type Condition, type InferenceServiceStatus, isObject, quantityValue } from '@berth/api';
import type { ApiObject, ModelSource, ModelState, ReplicaView, ResourceStore, Substrate } from '@berth/control';
import { timestamp } from '../store/store.ts';
import type { ModelFolder } from './model-folder.ts';
import { callRepository } from './repository-call.ts';

/** What keeping the models of multi-model predictors needs. */
export interface TrainedModelParts {
  readonly store: ResourceStore;
  readonly models: ModelSource;
  readonly substrate: Substrate;
  readonly folderOf: (namespace: string, service: string) => ModelFolder;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
  /** Loads or unloads a model in a replica; a test gives another. */
  readonly call?: typeof callRepository;
}

/** The predictor's memory where it sets no limit (KServe's inferenceservice-config). */
const DEFAULT_MEMORY = '2Gi';

/** A TrainedModel, as far as it is read. */
interface TrainedModel extends ApiObject {
  spec: { inferenceService: string; model: { storageUri: string; framework: string; memory: string } };
}

/**
 * Loads every TrainedModel into each replica of its predictor, and says in its status how that went: Ready is true only
 * where every ready replica has loaded it.
 */
export class TrainedModels {
  readonly #parts: TrainedModelParts;
  readonly #call: typeof callRepository;
  readonly #stops: (() => void)[] = [];
  readonly #dirty = new Set<string>();
  /** What each run of a replica has: digests by name of model, and why one failed. */
  readonly #loaded = new Map<string, Map<string, { readonly digest: string; readonly error: string | undefined }>>();
  #work: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: TrainedModelParts) {
    this.#parts = parts;
    this.#call = parts.call ?? callRepository;
  }

  start(): void {
    const { store, substrate, models } = this.#parts;
    this.#stops.push(
      store.watch(({ type, object, previous }) => {
        if (object.kind === 'TrainedModel') {
          const isOwn =
            type === 'MODIFIED' &&
            previous !== undefined &&
            JSON.stringify(previous.spec) === JSON.stringify(object.spec);
          if (!isOwn) this.#mark(object.metadata.namespace, (object as TrainedModel).spec?.inferenceService);
        } else if (
          object.kind === 'InferenceService' &&
          this.#ofService(object.metadata.namespace, object.metadata.name).length > 0
        ) {
          this.#mark(object.metadata.namespace, object.metadata.name);
        }
      }),
      substrate.onChange((_id, view) => {
        if (view?.workload.runner.kind === 'native' && view.workload.runner.multiModel)
          this.#mark(view.workload.namespace, view.workload.service);
      }),
      models.onChange(({ namespace, service }) => {
        const at = service.indexOf('/');
        if (at > 0) this.#mark(namespace, service.slice(0, at));
      }),
    );
    for (const object of store.list('TrainedModel'))
      this.#mark(object.metadata.namespace, (object as TrainedModel).spec.inferenceService);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops.splice(0)) stop();
    await this.#work;
  }

  #ofService(namespace: string | undefined, service: string): TrainedModel[] {
    const all = this.#parts.store.list('TrainedModel', namespace === undefined ? {} : { namespace }) as TrainedModel[];
    return all
      .filter((one) => one.spec.inferenceService === service && one.metadata.deletionTimestamp === undefined)
      .sort((left, right) => (left.metadata.creationTimestamp < right.metadata.creationTimestamp ? -1 : 1));
  }

  #mark(namespace: string | undefined, service: string | undefined): void {
    if (service === undefined || this.#isStopped) return;
    this.#dirty.add(`${namespace ?? 'default'}/${service}`);
    this.#work ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const [namespace = '', service = ''] = key.split('/');
      await this.#sync(namespace, service).catch(this.#parts.onError);
      if (this.#isStopped) break;
    }
    this.#work = undefined;
  }

  async #sync(namespace: string, service: string): Promise<void> {
    const { store, substrate } = this.#parts;
    const wanted = this.#ofService(namespace, service);
    const parent = store.get({ kind: 'InferenceService', namespace, name: service });
    const fitting = fits(wanted, memoryOf(parent));
    const states = new Map(wanted.map((one) => [one.metadata.name, this.#files(one, parent)]));
    const files = new Map<string, { path: string; digest: string }>();
    for (const one of wanted) {
      const state = states.get(one.metadata.name);
      if (state?.state === 'ready' && fitting.has(one.metadata.name)) files.set(one.metadata.name, state);
    }
    const replicas = substrate
      .replicas()
      .filter(
        ({ workload }) =>
          workload.namespace === namespace &&
          workload.service === service &&
          workload.runner.kind === 'native' &&
          workload.runner.multiModel,
      );
    if (replicas.length > 0 || files.size > 0) {
      this.#parts.folderOf(namespace, service).set(new Map([...files].map(([name, { path }]) => [name, path])));
    } else if (parent === undefined) this.#parts.folderOf(namespace, service).remove();
    const ready = replicas.filter((view) => view.state === 'ready' && view.endpoint !== undefined);
    await Promise.all(ready.map((view) => this.#fill(view, files)));
    const runs = new Set(substrate.replicas().map(runOf));
    for (const run of this.#loaded.keys()) if (!runs.has(run)) this.#loaded.delete(run);
    for (const one of wanted)
      this.#tell(one, parent, states.get(one.metadata.name), fitting.has(one.metadata.name), ready);
  }

  /** Brings the models of a replica to what is wanted. */
  async #fill(view: ReplicaView, files: ReadonlyMap<string, { path: string; digest: string }>): Promise<void> {
    const run = runOf(view);
    const has = this.#loaded.get(run) ?? new Map<string, { digest: string; error: string | undefined }>();
    this.#loaded.set(run, has);
    const address = view.endpoint?.http;
    if (address === undefined) return;
    for (const name of has.keys()) {
      if (files.has(name)) continue;
      await this.#call(address, name, 'unload');
      has.delete(name);
    }
    for (const [name, { digest }] of files) {
      const before = has.get(name);
      if (before?.digest === digest && before.error === undefined) continue;
      has.set(name, { digest, error: await this.#call(address, name, 'load') });
    }
  }

  #files(one: TrainedModel, parent: ApiObject | undefined): ModelState | undefined {
    if (parent === undefined) return undefined;
    const { predictor } = parent.spec as { predictor?: { serviceAccountName?: string } };
    const account = predictor?.serviceAccountName;
    return this.#parts.models.ask({
      namespace: one.metadata.namespace ?? 'default',
      service: `${parent.metadata.name}/${one.metadata.name}`,
      uri: one.spec.model.storageUri,
      ...(account === undefined ? {} : { serviceAccountName: account }),
      annotations: { ...parent.metadata.annotations, ...one.metadata.annotations },
      env: {},
      refresh: '',
    });
  }

  #tell(
    one: TrainedModel,
    parent: ApiObject | undefined,
    state: ModelState | undefined,
    isFitting: boolean,
    ready: readonly ReplicaView[],
  ): void {
    const { store, now } = this.#parts;
    const current = store.get({
      kind: 'TrainedModel',
      namespace: one.metadata.namespace as string,
      name: one.metadata.name,
    });
    if (current === undefined) return;
    const status = (parent?.status ?? {}) as InferenceServiceStatus;
    const isReady = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
    const conditions: Record<string, Omit<Condition, 'type' | 'lastTransitionTime'>> = {
      InferenceServiceReady: isReady
        ? { status: 'True' }
        : no(
            'InferenceServiceNotReady',
            parent === undefined
              ? `there is no InferenceService ${one.spec.inferenceService}`
              : `the InferenceService ${one.spec.inferenceService} is not ready`,
          ),
      IsMMSPredictor: isMultiModel(parent)
        ? { status: 'True' }
        : no(
            'IsNotMMSPredictor',
            `the predictor of ${one.spec.inferenceService} has a model of its own; leave its storageUri out to load models one by one`,
          ),
      MemoryResourceAvailable: isFitting
        ? { status: 'True' }
        : no(
            'MemoryResourceNotAvailable',
            `${one.spec.model.memory} more than the predictor's memory of ${memoryText(parent)} holds beside the older models`,
          ),
      ModelLoaded: this.#loadOutcome(one.metadata.name, state, ready),
    };
    const first =
      Object.values(conditions).find((each) => each.status === 'False') ??
      Object.values(conditions).find((each) => each.status === 'Unknown');
    conditions.Ready = first ?? { status: 'True' };
    const before = ((current.status ?? {}) as { conditions?: Condition[] }).conditions ?? [];
    const list = Object.entries(conditions).map(([type, each]): Condition => {
      const earlier = before.find((other) => other.type === type);
      return {
        type,
        ...each,
        lastTransitionTime: earlier?.status === each.status ? earlier.lastTransitionTime : timestamp(now()),
      };
    });
    const url = urlOf(status.url, one, parent);
    const next = {
      observedGeneration: current.metadata.generation,
      conditions: list,
      ...(url === undefined ? {} : { url, address: { url } }),
    };
    if (JSON.stringify(current.status) !== JSON.stringify(next)) store.updateStatus({ ...current, status: next });
  }

  #loadOutcome(
    name: string,
    state: ModelState | undefined,
    ready: readonly ReplicaView[],
  ): Omit<Condition, 'type' | 'lastTransitionTime'> {
    if (state?.state === 'failed') return no(state.reason, state.message);
    if (state?.state === 'fetching') return { status: 'Unknown', reason: 'Downloading', message: state.message };
    const runs = ready.map((view) => this.#loaded.get(runOf(view))?.get(name));
    const failed = runs.find((one) => one?.error !== undefined);
    if (failed !== undefined) return no('ModelLoadFailed', failed.error as string);
    if (runs.length > 0 && runs.every((one) => one !== undefined)) return { status: 'True' };
    return { status: 'Unknown', reason: 'Loading', message: 'no replica has loaded it yet' };
  }
}

function no(reason: string, message: string): Omit<Condition, 'type' | 'lastTransitionTime'> {
  return { status: 'False', reason, message };
}

/** A replica's process: one that starts anew has nothing loaded. */
function runOf(view: ReplicaView): string {
  return `${view.id} ${view.restarts} ${view.pid ?? ''}`;
}

/** KServe's rule: a predictor without a model of its own (isMultiModelServing). */
function isMultiModel(parent: ApiObject | undefined): boolean {
  const predictor = isObject(parent?.spec) && isObject(parent.spec.predictor) ? parent.spec.predictor : undefined;
  if (predictor === undefined) return false;
  if (predictor.storageUris !== undefined && predictor.storageUris !== null) return false;
  return Object.values(predictor).every(
    (part) => !isObject(part) || (part.storageUri === undefined && part.storage === undefined),
  );
}

function memoryText(parent: ApiObject | undefined): string {
  const predictor = isObject(parent?.spec) && isObject(parent.spec.predictor) ? parent.spec.predictor : {};
  for (const part of Object.values(predictor)) {
    const resources = isObject(part) && isObject(part.resources) ? part.resources : undefined;
    const limit = isObject(resources?.limits) ? resources.limits.memory : undefined;
    if (typeof limit === 'string') return limit;
  }
  return DEFAULT_MEMORY;
}

function memoryOf(parent: ApiObject | undefined): number {
  return quantityValue(memoryText(parent)) ?? Number.POSITIVE_INFINITY;
}

/** The models that fit, the older ones first. */
function fits(models: readonly TrainedModel[], memory: number): Set<string> {
  const fitting = new Set<string>();
  let used = 0;
  for (const one of models) {
    const size = quantityValue(one.spec.model.memory) ?? 0;
    if (used + size > memory) continue;
    used += size;
    fitting.add(one.metadata.name);
  }
  return fitting;
}

/** Where the model is asked (kserve.md: by the protocol of its predictor). */
function urlOf(url: string | undefined, one: TrainedModel, parent: ApiObject | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { predictor } = (parent?.spec ?? {}) as { predictor?: Record<string, { protocolVersion?: string }> };
  const isV2 = Object.values(predictor ?? {}).some((part) => isObject(part) && part.protocolVersion === 'v2');
  const { name } = one.metadata;
  return `${url}${isV2 ? `/v2/models/${name}/infer` : `/v1/models/${name}:predict`}`;
}

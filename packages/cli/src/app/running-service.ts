import {
  addAddresses,
  type InferenceService,
  type InferenceServiceStatus,
  makeStatus,
  type PlanFailure,
  type ServedModelStatus,
  type ServicePhase,
} from '@berth/api';
import { type DiscoveredModel, discoverModels, type Flavour } from '@berth/formats';
import { LoadError, type Model } from '@berth/inference';
import { createModelRepository, type ErrorLog, type LoadableRepository, type Service } from '@berth/server';
import { fetchModel, StorageError } from '@berth/storage';
import { candidatesOf, type DiscoveredCandidate } from './candidate.ts';
import { loadDiscovered } from './load-discovered.ts';
import { throttled } from './report-progress.ts';
import { type AppReport, whyOf } from './reports.ts';
import type { PlannedService, RunConfig } from './run-app.ts';

/** An InferenceService in this process: fetches its model, loads it, and keeps its status. */
export class RunningService {
  readonly service: Service;
  readonly #planned: PlannedService;
  readonly #config: RunConfig;
  readonly #report: (report: AppReport) => void;
  readonly #repository: LoadableRepository;
  readonly #abort = new AbortController();
  readonly #label: string;
  readonly #log: ErrorLog;
  readonly #createdAt = new Date();
  #phase: ServicePhase = { phase: 'Pending' };
  #status: InferenceServiceStatus | undefined;
  /** Why there are no files. */
  #failure: ServicePhase | undefined;
  /** Where the files are, if they are used as they lie. */
  #localPath: string | undefined;
  #watcher: Promise<{ stop(): void } | undefined> | undefined;
  #hasStarted = false;
  /** What the start loaded first, until an example request was made from it. */
  #first: { readonly found: DiscoveredModel; readonly model: Model } | undefined;

  constructor(planned: PlannedService, config: RunConfig, log: ErrorLog, report: (report: AppReport) => void) {
    this.#log = log;
    const { plan } = planned;
    this.#planned = planned;
    this.#config = config;
    this.#report = report;
    this.#label = plan.namespace === 'default' ? plan.name : `${plan.namespace}/${plan.name}`;
    const flavour: Flavour = plan.serving?.flavour ?? 'kserve';
    this.#repository = createModelRepository<DiscoveredCandidate>({
      flavour,
      alias: plan.name,
      discover: () => this.#discoverOrExplain(),
      load: async ({ found }) => {
        if (found === undefined) throw new Error('a candidate without a model is never loaded');
        const started = performance.now();
        const model = await loadDiscovered(found, flavour, {
          predictProba: plan.serving?.predictProba ?? false,
          threads: plan.serving?.threads ?? 1,
          onWarning: (name, message) => this.#warn(name === plan.name ? message : `${name}: ${message}`),
        });
        if (!this.#hasStarted) this.#first ??= { found, model };
        if (this.#hasStarted) this.#reloaded(model, performance.now() - started);
        return model;
      },
      onLoadFailure: (name, version, error) => {
        const served = this.#repository.find(name)?.versions.find((one) => one.version === version);
        if (served?.state === 'READY') this.#report({ kind: 'kept', about: this.#label, ...whyOf(error) });
      },
    });
    this.service = {
      namespace: plan.namespace,
      name: plan.name,
      hosts: [...plan.hosts],
      flavour,
      repository: this.#repository,
    };
  }

  /** Fetches and loads; resolves when that has ended, well or badly. Never rejects. */
  async start(): Promise<void> {
    const { plan } = this.#planned;
    if (plan.stopped) {
      this.#publish();
      return;
    }
    const started = performance.now();
    this.#enter({ phase: 'Loading' });
    // The files are looked at before they are read, so that no change falls between.
    if (this.#config.watch !== undefined) this.#watcher = this.#watch();
    await this.#watcher;
    await this.#repository.loadAll();
    this.#hasStarted = true;
    this.#enter(this.#outcome());
    if (this.#phase.phase === 'Ready' && plan.unserved.length === 0) {
      const models = this.#models();
      const summary = models.map((one) => one.format).find((one) => one !== undefined);
      const milliseconds = performance.now() - started;
      this.#report({
        kind: 'loaded',
        about: this.#label,
        version: '',
        milliseconds,
        ...(summary === undefined ? {} : { summary }),
      });
    } else {
      const failure = this.#phase.phase === 'Failed' ? this.#phase.failure : plan.unserved[0];
      this.#report({
        kind: 'failed',
        about: this.#label,
        message: failure?.message ?? 'it is not ready',
        ...(failure === undefined ? {} : { code: failure.reason }),
      });
    }
  }

  /** Reports a request that the model answers, for the person who started it. Once, after the start. */
  async tellSample(isOneOfSeveral: boolean): Promise<void> {
    const first = this.#first;
    this.#first = undefined;
    if (first === undefined) return;
    const { plan } = this.#planned;
    const { trySample } = await import('./try-sample.ts');
    const preferred = plan.serving?.protocol === 'v1' ? 'v1' : 'v2';
    const sample = await trySample(first.found, first.model, plan.serving?.flavour ?? 'kserve', preferred);
    if (sample === undefined) return;
    const prefix = isOneOfSeveral ? plan.pathPrefix : '';
    this.#report({ kind: 'sample', about: this.#label, model: first.found.name, prefix, sample });
  }

  /** Ends a download that is under way, and the watch. */
  stop(): void {
    this.#abort.abort();
    void this.#watcher?.then(
      (watcher) => watcher?.stop(),
      () => undefined,
    );
  }

  /** Whether requests are answered. */
  get isReady(): boolean {
    return this.#current().phase === 'Ready';
  }

  /** Why they are not. */
  get why(): { message: string; code?: string } {
    const phase = this.#current();
    return phase.phase === 'Failed'
      ? { message: phase.failure.message, code: phase.failure.reason }
      : { message: 'it is not ready' };
  }

  /** Looks at the files of a local model and loads it again when they change; nothing where they were downloaded. */
  async #watch(): Promise<{ stop(): void } | undefined> {
    const candidates = await this.#discoverOrExplain();
    const root = this.#localPath;
    if (root === undefined) return undefined;
    const { watchModels } = await import('../watch/watch-models.ts');
    return watchModels({
      root,
      repository: this.#repository,
      initial: candidates,
      discover: () => this.#discover(),
      onNotice: (_about, message) => this.#warn(message),
    });
  }

  #reloaded(model: Model, milliseconds: number): void {
    const summary = model.metadata.properties.get('summary') ?? model.metadata.properties.get('class');
    this.#report({
      kind: 'loaded',
      about: this.#label,
      version: '',
      milliseconds,
      ...(summary === undefined ? {} : { summary }),
    });
  }

  /** The service as the API shows it: spec as it was written, status as it is, addresses where the port is known. */
  object(port?: number): InferenceService & { status: InferenceServiceStatus } {
    const { isvc, plan } = this.#planned;
    const status = this.#makeStatus();
    const { grpcPort } = this.#config;
    if (port !== undefined && !plan.stopped) {
      addAddresses(status, plan, `127.0.0.1:${port}`, `127.0.0.1:${grpcPort ?? port}`);
    }
    return {
      ...isvc,
      apiVersion: 'serving.kserve.io/v1beta1',
      metadata: {
        ...isvc.metadata,
        generation: isvc.metadata.generation ?? 1,
        creationTimestamp: this.#createdAt.toISOString().replace(/\.\d{3}Z$/, 'Z'),
      },
      status,
    };
  }

  /** A service without files is known by its model's name, so that requests are told why it does not answer. */
  async #discoverOrExplain(): Promise<DiscoveredCandidate[]> {
    const { plan } = this.#planned;
    try {
      this.#failure = undefined;
      return await this.#discover();
    } catch (thrown) {
      this.#failure = failed(thrown);
      if (this.#failure.phase === 'Failed' && this.#failure.failure.reason === 'InternalError') {
        this.#log.error({ err: thrown, service: this.#label }, 'fetching the model failed');
      }
      return [{ name: plan.serving?.modelName ?? plan.name, problem: textForRequests(thrown) }];
    }
  }

  async #discover(): Promise<DiscoveredCandidate[]> {
    const { plan, baseFolder } = this.#planned;
    const { serving } = plan;
    if (serving === undefined || plan.failure !== undefined) {
      throw new PlannedFailure(plan.failure as PlanFailure);
    }
    // Asked anew for each load: a path may lead elsewhere by then, and a server is asked whether its file has changed.
    const fetched = await fetchModel(serving.storageUri, {
      cacheFolder: this.#config.cacheFolder,
      baseFolder,
      signal: this.#abort.signal,
      onWarning: (message) => this.#warn(message),
      onProgress: throttled((message) => this.#progress(message)),
      strictEgress: this.#config.strictEgress,
    });
    const isLocal = fetched.digest === undefined && fetched.sha256 === undefined;
    this.#localPath = isLocal ? fetched.path : undefined;
    const found = await discoverModels(fetched.path, {
      format: serving.format,
      name: serving.modelName ?? plan.name,
      environment: modelEnvironment(serving.env, plan.name),
      onWarning: (message) => this.#warn(message),
    });
    return candidatesOf(found);
  }

  /** Ready where every model is; else the first reason. */
  #outcome(): ServicePhase {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#repository.ready() && this.#repository.list().length > 0) return { phase: 'Ready' };
    const broken = this.#repository
      .list()
      .flatMap((model) => model.versions.map((version) => ({ model, version })))
      .find(({ version }) => version.state !== 'READY');
    const why = broken?.version.reason ?? 'no model was found';
    const prefix =
      broken === undefined || broken.model.name === this.#planned.plan.name ? '' : `${broken.model.name}: `;
    return failedLoad('ModelLoadFailed', prefix + why);
  }

  #models(): ServedModelStatus[] {
    return this.#repository.list().map((served) => {
      const newest = served.versions[0];
      const properties = newest?.model?.metadata.properties;
      const format = [properties?.get('format'), properties?.get('summary') ?? properties?.get('class')]
        .filter((one) => one !== undefined)
        .join(', ');
      return {
        name: served.name,
        state: newest?.state ?? 'UNAVAILABLE',
        ...(served.versioned ? { versions: served.versions.map((one) => one.version) } : {}),
        ...(format === '' ? {} : { format }),
        ...(newest?.reason === undefined ? {} : { reason: newest.reason }),
      };
    });
  }

  #enter(phase: ServicePhase): void {
    this.#phase = phase;
    this.#publish();
  }

  #publish(): void {
    this.#status = this.#makeStatus();
    this.#report({ kind: 'status', service: this.object() });
  }

  #makeStatus(): InferenceServiceStatus {
    const phase = this.#phase.phase === 'Ready' || this.#phase.phase === 'Failed' ? this.#current() : this.#phase;
    return makeStatus({
      plan: this.#planned.plan,
      phase,
      now: new Date(),
      generation: this.#planned.isvc.metadata.generation ?? 1,
      models: this.#models(),
      ...(this.#status === undefined ? {} : { previous: this.#status }),
    });
  }

  /** Models may be unloaded and loaded by name after the start. */
  #current(): ServicePhase {
    if (this.#repository.list().length === 0) return this.#phase;
    return this.#outcome();
  }

  #warn(message: string): void {
    this.#report({ kind: 'warning', about: this.#label, message });
  }

  #progress(message: string): void {
    this.#phase = { phase: 'Loading', message };
    this.#report({ kind: 'progress', about: this.#label, message });
  }
}

/** A failure that the plan foresaw. */
class PlannedFailure extends Error {
  readonly failure: PlanFailure;

  constructor(failure: PlanFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Reasons whose text tells of folders on this machine, which is for the status and not for whoever sends requests. */
const LOCAL_REASONS: ReadonlySet<string> = new Set(['NotFound', 'AccessDenied', 'InvalidStorageUri', 'NoSpace']);

function textForRequests(thrown: unknown): string {
  if (thrown instanceof PlannedFailure || thrown instanceof LoadError) return thrown.message;
  if (thrown instanceof StorageError) {
    const isRemote = /^https?:/.test(thrown.message);
    if (isRemote || !LOCAL_REASONS.has(thrown.reason)) return thrown.message;
    return `its files can not be read (${thrown.reason}); the status of the service has the details`;
  }
  return 'internal error; the server log has the cause';
}

function failed(thrown: unknown): ServicePhase {
  if (thrown instanceof PlannedFailure) return { phase: 'Failed', failure: thrown.failure };
  if (thrown instanceof StorageError || thrown instanceof LoadError) return failedLoad(thrown.reason, thrown.message);
  return failedLoad('InternalError', 'internal error; the server log has the cause');
}

function failedLoad(reason: string, message: string): ServicePhase {
  return { phase: 'Failed', failure: { reason, kserveReason: 'ModelLoadFailed', message } };
}

/**
 * What of the container's environment speaks of the model's files: not where KServe would have mounted them, nor the name
 * that KServe sets itself, which nobody wrote and no settings file contradicts.
 */
function modelEnvironment(env: ReadonlyMap<string, string>, serviceName: string): ReadonlyMap<string, string> {
  const kept = new Map(env);
  kept.delete('MLSERVER_MODEL_URI');
  if (kept.get('MLSERVER_MODEL_NAME') === serviceName) kept.delete('MLSERVER_MODEL_NAME');
  return kept;
}

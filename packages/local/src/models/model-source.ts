import { join, relative, sep } from 'node:path';
import type { ApiObject, ModelRequest, ModelSource, ModelState, ResourceStore } from '@berth/control';
import {
  type FetchedModel,
  type FetchOptions,
  fetchModel,
  findTree,
  ModelCache,
  pruneCache,
  StorageError,
  schemeOf,
  TreeUses,
} from '@berth/storage';
import { type Clock, systemClock } from '../processes/clock.ts';
import { failedState } from './model-failure.ts';
import { inputsKey, type ModelInputs, requestKey } from './model-inputs.ts';
import { type FetchHooks, ModelJob } from './model-job.ts';
import { resolveInputs } from './resolve-inputs.ts';
import { Slots } from './slots.ts';

/** What the platform says of its models. */
export interface ModelSourceOptions {
  /** Folders by the name of the PersistentVolumeClaim that they stand for. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Refuse loopback and private addresses. */
  readonly strictEgress?: boolean;
  /** Larger local models are used where they lie; default 2 GiB. */
  readonly copyUpToBytes?: number;
  /** Bytes that the cache may grow to before what nobody uses is cleaned away; default 50 GiB. */
  readonly maxCacheBytes?: number;
  /** Digests that the platform may want again, e.g. of earlier revisions: never cleaned away. */
  readonly retained?: () => Iterable<string>;
  /** Downloads at a time; default 6. Local files have places of their own. */
  readonly maxDownloads?: number;
}

/** What a model source works with. */
export interface ModelSourceParts {
  readonly store: ResourceStore;
  readonly cacheFolder: string;
  readonly options?: ModelSourceOptions;
  readonly clock?: Clock;
  /** The platform's environment: proxies, emulators, the owner's own credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From 0 to 1, for pauses; a test gives a fixed one. */
  readonly random?: () => number;
  /** How a model is fetched; a test gives another. */
  readonly fetch?: (uri: string, options: FetchOptions) => Promise<FetchedModel>;
}

type ServiceName = { readonly namespace: string; readonly service: string };

/** The model source of this machine. */
export interface LocalModelSource extends ModelSource {
  /** The path of a digest after reading its bytes; undefined where they are not here or damaged. For the start of a replica. */
  check(digest: string): Promise<string | undefined>;
  /** Whether the files at a path that was ready are still whole; a path that is not ours counts as whole. */
  checkPath(path: string): Promise<boolean>;
  /** Ends every fetch. */
  close(): Promise<void>;
}

const MAX_CACHE_BYTES = 50 * 1024 ** 3;
const COPY_UP_TO_BYTES = 2 * 1024 ** 3;
const MAX_DOWNLOADS = 6;
const LOCAL_AT_A_TIME = 3;
/** Requests of one service that are remembered: its components, its last changes, its restarts. */
const REQUESTS_OF_A_SERVICE = 16;
/** What is ready is looked at again so often at most. */
const LOOK_AGAIN_MS = 5_000;

/** Kinds that say how a model is fetched. */
const INPUT_KINDS: ReadonlySet<string> = new Set(['Secret', 'ServiceAccount', 'ConfigMap', 'PersistentVolumeClaim']);

/** What was not used for so long makes room where the disk has none. */
const IDLE_MS = 3_600_000;
/** So long a digest that somebody asked for counts as in use. */
const FOUND_MS = 3_600_000;

/** One wish of one service. */
interface Wish {
  readonly inputsKey: string;
  readonly job: SharedJob | undefined;
  readonly failure: ModelState | undefined;
  readonly warnings: readonly string[];
}

/** A job and the services that wait for it. */
interface SharedJob {
  readonly key: string;
  readonly job: ModelJob;
  readonly services: Map<string, ServiceName>;
  lookedAt: number;
}

/** Brings models to this machine by `@berth/storage`: one fetch for each URI and credentials, in the background. */
export function createModelSource(parts: ModelSourceParts): LocalModelSource {
  return new BackgroundModels(parts);
}

class BackgroundModels implements LocalModelSource {
  readonly #parts: ModelSourceParts;
  readonly #options: ModelSourceOptions;
  readonly #clock: Clock;
  readonly #cache: ModelCache;
  readonly #downloads: Slots;
  readonly #local = new Slots(LOCAL_AT_A_TIME, 'models of this machine are read at once');
  readonly #jobs = new Map<string, SharedJob>();
  /** By service, then by what was asked for, the latest last. */
  readonly #wishes = new Map<string, Map<string, Wish>>();
  readonly #listeners = new Set<(service: ServiceName) => void>();
  readonly #checking = new Map<string, Promise<string | undefined>>();
  readonly #stopWatching: () => void;
  readonly #uses: TreeUses;
  /** What was asked for by its digest, and when: an earlier revision that is served, most often. */
  readonly #found = new Map<string, number>();
  /** What came since the start: each is a reason to clean once. */
  readonly #brought = new Set<string>();
  #cleaning: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(parts: ModelSourceParts) {
    this.#parts = parts;
    this.#options = parts.options ?? {};
    this.#clock = parts.clock ?? systemClock;
    this.#cache = new ModelCache(parts.cacheFolder);
    this.#downloads = new Slots(this.#options.maxDownloads ?? MAX_DOWNLOADS, 'downloads go on at once');
    this.#uses = new TreeUses(parts.cacheFolder);
    this.#stopWatching = parts.store.watch(({ object }) => this.#heard(object));
  }

  ask(request: ModelRequest): ModelState {
    const service = nameOf(request);
    const wishes = this.#wishes.get(service) ?? new Map<string, Wish>();
    this.#wishes.set(service, wishes);
    const asked = requestKey(request);
    const known = wishes.get(asked);
    if (known?.job?.job.state.state === 'ready') {
      this.#lookAgain(known.job);
      return known.job.job.state;
    }
    const wish = this.#wish(request, known);
    wishes.delete(asked);
    wishes.set(asked, wish);
    if (known?.job !== undefined && known.job !== wish.job) this.#leave(known.job, service, wishes);
    for (const [oldest, { job }] of wishes) {
      if (wishes.size <= REQUESTS_OF_A_SERVICE) break;
      wishes.delete(oldest);
      if (job !== undefined) this.#leave(job, service, wishes);
    }
    return wish.failure ?? wish.job?.job.state ?? closedState();
  }

  find(digest: string): string | undefined {
    const path = findTree(this.#cache, digest);
    if (path !== undefined) {
      const isNew = !this.#found.has(digest);
      this.#found.set(digest, this.#clock.now());
      if (isNew) this.#keep();
    }
    // Touched by somebody, but perhaps not changed: read it, and tell whoever has it.
    if (path === undefined && !this.#isClosed) void this.check(digest);
    return path;
  }

  check(digest: string): Promise<string | undefined> {
    const running = this.#checking.get(digest);
    if (running !== undefined) return running;
    const check = this.#check(digest).finally(() => this.#checking.delete(digest));
    this.#checking.set(digest, check);
    return check;
  }

  async checkPath(path: string): Promise<boolean> {
    const digest = this.#digestAt(path);
    return digest === undefined || (await this.check(digest)) !== undefined;
  }

  forget(service: ServiceName): void {
    const name = nameOf(service);
    const wishes = this.#wishes.get(name);
    this.#wishes.delete(name);
    for (const { job } of wishes?.values() ?? []) if (job !== undefined) this.#leave(job, name, undefined);
  }

  warnings(service: ServiceName): readonly string[] {
    const found = new Set<string>();
    for (const wish of this.#wishes.get(nameOf(service))?.values() ?? []) {
      for (const warning of [...wish.warnings, ...(wish.job?.job.warnings ?? [])]) found.add(warning);
    }
    return [...found];
  }

  onChange(listener: (service: ServiceName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    this.#listeners.clear();
    this.#wishes.clear();
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    await Promise.all([...jobs.map(({ job }) => job.stop()), ...this.#checking.values(), this.#cleaning]);
  }

  /** What a failed request lacked may have come: whoever waits asks again. */
  #heard(object: ApiObject): void {
    if (!INPUT_KINDS.has(object.kind)) return;
    const { namespace } = object.metadata;
    for (const [name, wishes] of this.#wishes) {
      const [own = '', service = ''] = name.split('/');
      const isFailed = [...wishes.values()].some(
        (wish) => wish.failure !== undefined || wish.job?.job.state.state === 'failed',
      );
      // ConfigMaps of KServe's namespace speak for all.
      if (isFailed && (own === namespace || object.kind === 'ConfigMap')) this.#tell([{ namespace: own, service }]);
    }
  }

  #wish(request: ModelRequest, known: Wish | undefined): Wish {
    if (this.#isClosed) return { inputsKey: '', job: undefined, failure: closedState(), warnings: [] };
    const resolved = resolveInputs(request, this.#parts.store, this.#options);
    if ('failure' in resolved) {
      const failure = failedState(resolved.failure, undefined);
      return { inputsKey: '', job: undefined, failure, warnings: resolved.warnings };
    }
    const key = inputsKey(resolved.inputs);
    const isSame = known?.inputsKey === key && known.job !== undefined;
    const job = isSame ? known.job : this.#join(key, resolved.inputs, request);
    return { inputsKey: key, job, failure: undefined, warnings: resolved.warnings };
  }

  #join(key: string, inputs: ModelInputs, { namespace, service }: ModelRequest): SharedJob {
    const running = this.#jobs.get(key);
    if (running !== undefined) {
      running.services.set(nameOf({ namespace, service }), { namespace, service });
      return running;
    }
    const services = new Map([[nameOf({ namespace, service }), { namespace, service }]]);
    const isLocal = ['', 'file', 'pvc'].includes(schemeOf(inputs.uri).toLowerCase());
    const job = new ModelJob({
      slots: isLocal ? this.#local : this.#downloads,
      clock: this.#clock,
      random: this.#parts.random ?? Math.random,
      onChange: () => {
        if (job.state.state === 'ready') this.#keep();
        this.#tell(services.values());
      },
      fetch: (hooks) => this.#fetch(inputs, hooks),
    });
    const shared: SharedJob = { key, job, services, lookedAt: this.#clock.now() };
    this.#jobs.set(key, shared);
    return shared;
  }

  /** Fetches; a disk without room is cleaned of what nobody used lately, and tried once more. */
  async #fetch(inputs: ModelInputs, hooks: FetchHooks): Promise<FetchedModel> {
    const { cacheFolder, env, fetch = fetchModel } = this.#parts;
    const options: FetchOptions = {
      cacheFolder,
      copyUpToBytes: this.#options.copyUpToBytes ?? COPY_UP_TO_BYTES,
      author: 'operator',
      strictEgress: inputs.strictEgress,
      volumes: inputs.volumes,
      credentials: inputs.credentials,
      processEnv: env,
      ...(inputs.allow === undefined ? {} : { allow: inputs.allow }),
      ...(inputs.ignore === undefined ? {} : { ignore: inputs.ignore }),
      ...(inputs.sha256 === undefined ? {} : { sha256: inputs.sha256 }),
      ...hooks,
    };
    try {
      return await fetch(inputs.uri, options);
    } catch (thrown) {
      if (!(thrown instanceof StorageError) || thrown.reason !== 'NoSpace') throw thrown;
      const { freedBytes } = await pruneCache(cacheFolder, { unusedForMs: IDLE_MS, keep: this.#wanted() });
      if (freedBytes === 0 || hooks.signal.aborted) throw thrown;
      return await fetch(inputs.uri, options);
    }
  }

  /** A service does not need a job any more; without any service it ends. */
  #leave(shared: SharedJob, service: string, others: ReadonlyMap<string, Wish> | undefined): void {
    for (const wish of others?.values() ?? []) if (wish.job === shared) return;
    shared.services.delete(service);
    if (shared.services.size > 0) return;
    this.#jobs.delete(shared.key);
    void shared.job.stop();
  }

  #lookAgain(shared: SharedJob): void {
    const { state } = shared.job;
    const now = this.#clock.now();
    if (state.state !== 'ready' || Math.abs(now - shared.lookedAt) < LOOK_AGAIN_MS) return;
    shared.lookedAt = now;
    if (findTree(this.#cache, state.digest) === undefined) void this.check(state.digest);
  }

  #digestAt(path: string): string | undefined {
    const below = relative(join(this.#parts.cacheFolder, 'trees'), path);
    const [first = ''] = below.split(sep);
    if (/^[0-9a-f]{64}$/.test(first)) return first;
    // Used where it lies.
    for (const { job } of this.#jobs.values()) {
      if (job.state.state === 'ready' && job.state.path === path) return job.state.digest;
    }
    return undefined;
  }

  async #check(digest: string): Promise<string | undefined> {
    const tree = await this.#cache.use(digest).catch(() => undefined);
    if (tree !== undefined || this.#isClosed) return tree?.path;
    for (const { job } of this.#jobs.values()) {
      if (job.state.state === 'ready' && job.state.digest === digest) job.restart();
    }
    return undefined;
  }

  /** Says on the disk what is in use, before anybody is told that it is ready, and cleans when something new came. */
  #keep(): void {
    if (this.#isClosed) return;
    const digests = this.#wanted();
    let isNew = false;
    for (const { job } of this.#jobs.values()) {
      if (job.state.state !== 'ready') continue;
      if (!job.state.fromCache && !this.#brought.has(job.state.digest)) {
        this.#brought.add(job.state.digest);
        isNew = true;
      }
    }
    try {
      this.#uses.set(digests);
    } catch {
      // A disk without room must not keep a model from being served.
    }
    if (isNew && this.#cleaning === undefined) this.#cleaning = this.#clean(digests);
  }

  /** What is served, or may be again. */
  #wanted(): Set<string> {
    const digests = new Set(this.#options.retained?.());
    const since = this.#clock.now() - FOUND_MS;
    for (const [digest, at] of this.#found) {
      if (at < since) this.#found.delete(digest);
      else digests.add(digest);
    }
    for (const { job } of this.#jobs.values()) if (job.state.state === 'ready') digests.add(job.state.digest);
    return digests;
  }

  async #clean(keep: ReadonlySet<string>): Promise<void> {
    const maxBytes = this.#options.maxCacheBytes ?? MAX_CACHE_BYTES;
    await pruneCache(this.#parts.cacheFolder, { maxBytes, keep }).catch(() => undefined);
    this.#cleaning = undefined;
  }

  #tell(services: Iterable<ServiceName>): void {
    // Later, so that whoever asks is not called back from inside its own call.
    const names = [...services];
    queueMicrotask(() => {
      for (const service of names) for (const listener of this.#listeners) listener(service);
    });
  }
}

function nameOf({ namespace, service }: ServiceName): string {
  return `${namespace}/${service}`;
}

function closedState(): ModelState {
  return failedState({ reason: 'DownloadCancelled', message: 'the platform is stopping' }, undefined);
}

import type { Flavour } from '@berth/formats';
import { InferenceError } from '@berth/inference';
import type { Resolved, ServedModel } from '../dataplane/types.ts';
import type { LoadableRepository } from './repository.ts';
import { RoomKeeper } from './room-keeper.ts';

/** A model that may be asked for, and what it takes. */
export interface CatalogModel {
  readonly name: string;
  /** Bytes of memory that it is given. */
  readonly memory: number;
}

/** The models of a server that does not hold all of them at once. */
export interface ModelCatalog {
  /** Bytes of memory for all models together; without it there is room for all. */
  readonly memory?: number;
  readonly models: ReadonlyMap<string, CatalogModel>;
}

/** What a repository on demand needs from outside. */
export interface OnDemandOptions {
  readonly flavour: Flavour;
  /** The catalog as it is now; asked again and again, so it has to be cheap. */
  readonly catalog: () => ModelCatalog;
  /** Monotonic milliseconds; `performance.now` unless a test says otherwise. */
  readonly now?: () => number;
  /** How long a request waits for its model; default 30 s. After it, it is answered 503 and may come again. */
  readonly waitMs?: number;
}

const WAIT_MS = 30_000;
/** A model that could not be loaded is not tried again by requests for this long. */
const FAILURE_PAUSE_MS = 5_000;
/** Requests that wait for models to be loaded; those beyond are told to come again. */
const MAX_WAITING = 1_000;
const RETRY_SECONDS = 1;

/** Lets a repository hold as many models of a catalog as there is room for: the least recently used one makes room. */
export function createOnDemandRepository(inner: LoadableRepository, options: OnDemandOptions): LoadableRepository {
  return new OnDemandRepository(inner, options);
}

class OnDemandRepository implements LoadableRepository {
  readonly #inner: LoadableRepository;
  readonly #options: OnDemandOptions;
  readonly #room: RoomKeeper;
  readonly #now: () => number;
  /** Loads that requests wait for, by name. */
  readonly #waking = new Map<string, Promise<void>>();
  /** The last load of each name that has not ended, whoever asked for it. */
  readonly #loading = new Map<string, Promise<void>>();
  /** When a load that a request had asked for failed. */
  readonly #failedAt = new Map<string, number>();
  #waiting = 0;

  constructor(inner: LoadableRepository, options: OnDemandOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#room = new RoomKeeper((name, forWhom) => inner.unload(name, `unloaded to make room for ${forWhom}`));
  }

  resolve(name: string, version?: string): Resolved {
    try {
      const resolved = this.#inner.resolve(name, version);
      this.#room.used(name);
      return resolved;
    } catch (error) {
      if (this.#hasFailed(name)) throw this.#failure(name, version) ?? error;
      if (!this.isAsleep(name)) throw error;
      // Whoever did not wait for it finds it when it comes again.
      this.wake(name);
      const message = `Model with name ${name} is not ready. Reason: it was not in memory; it is being loaded`;
      throw new InferenceError('NOT_READY', message, { retryAfterSeconds: RETRY_SECONDS });
    }
  }

  isAsleep(name: string): boolean {
    if (!this.#options.catalog().models.has(name) || this.#hasFailed(name)) return false;
    const served = this.#inner.find(name);
    return served === undefined || served.versions.every(({ state }) => state !== 'READY');
  }

  wake(name: string): Promise<void> | undefined {
    // The hot path: it is there.
    const served = this.#inner.find(name);
    if (served?.versions.some(({ state }) => state === 'READY') === true || !this.isAsleep(name)) return undefined;
    let waking = this.#waking.get(name);
    if (waking === undefined) {
      waking = this.load(name)
        .catch(() => undefined)
        .finally(() => this.#waking.delete(name));
      this.#waking.set(name, waking);
    }
    return this.#waiting >= MAX_WAITING ? undefined : this.#wait(waking);
  }

  find(name: string): ServedModel | undefined {
    return this.#inner.find(name) ?? (this.#options.catalog().models.has(name) ? this.#asleep(name) : undefined);
  }

  list(): readonly ServedModel[] {
    const known = new Map(this.#inner.list().map((served) => [served.name, served]));
    const { models } = this.#options.catalog();
    for (const name of models.keys()) if (!known.has(name)) known.set(name, this.#asleep(name));
    return [...known.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** What was unloaded to make room is as good as there. */
  ready(): boolean {
    return this.#inner.ready();
  }

  load(name: string): Promise<void> {
    const load = this.#load(name).finally(() => {
      if (this.#loading.get(name) === load) this.#loading.delete(name);
    });
    this.#loading.set(name, load);
    return load;
  }

  async #load(name: string): Promise<void> {
    const { memory, models } = this.#options.catalog();
    const model = models.get(name);
    if (model === undefined) {
      throw new InferenceError('NOT_FOUND', `failed to load '${name}': the model repository has no model of that name`);
    }
    const budget = memory ?? Number.POSITIVE_INFINITY;
    if (model.memory > budget) {
      const message = `failed to load '${name}': it takes ${model.memory} bytes of memory, and there are ${budget} for all models`;
      throw new InferenceError('INVALID_INPUT', message);
    }
    const end = await this.#room.take(name, model.memory, budget);
    try {
      await this.#inner.load(name);
      this.#failedAt.delete(name);
      end(true);
    } catch (error) {
      this.#failedAt.set(name, this.#now());
      // A version that was there before goes on serving.
      end(this.#inner.find(name)?.versions.some(({ state }) => state === 'READY') === true);
      throw error;
    }
  }

  async unload(name: string): Promise<void> {
    // One that is on its way would come after the unload.
    await this.#loading.get(name)?.catch(() => undefined);
    this.#failedAt.delete(name);
    // What is not in memory, and what was taken out of the catalog before it was ever loaded, is unloaded already.
    if (this.#inner.find(name) !== undefined) await this.#inner.unload(name);
    this.#room.left(name);
  }

  /** Loads the models of the catalog in its order, as far as there is room; the others are loaded when they are asked for. */
  async loadAll(): Promise<void> {
    const { memory = Number.POSITIVE_INFINITY, models } = this.#options.catalog();
    let left = memory;
    const fitting: string[] = [];
    for (const model of models.values()) {
      if (model.memory > left) continue;
      left -= model.memory;
      fitting.push(model.name);
    }
    const next = async (): Promise<void> => {
      for (let name = fitting.shift(); name !== undefined; name = fitting.shift()) {
        await this.load(name).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_LOADS }, next));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #hasFailed(name: string): boolean {
    const at = this.#failedAt.get(name);
    return at !== undefined && this.#now() - at < FAILURE_PAUSE_MS;
  }

  /** A model that should be there and could not be loaded is not unknown. */
  #failure(name: string, version: string | undefined): InferenceError | undefined {
    const versions = this.#inner.find(name)?.versions ?? [];
    const failed = versions.find((each) => version === undefined || each.version === version);
    if (failed?.state !== 'UNAVAILABLE' || !this.#options.catalog().models.has(name)) return undefined;
    const message = `Model with name ${name} is not ready. Reason: ${failed.reason}`;
    return new InferenceError('NOT_READY', message, { retryAfterSeconds: FAILURE_PAUSE_MS / 1_000 });
  }

  #asleep(name: string): ServedModel {
    const reason = 'not in memory: its next request loads it';
    return {
      name,
      flavour: this.#options.flavour,
      versions: [{ version: '', state: 'UNAVAILABLE', reason }],
      versioned: false,
    };
  }

  async #wait(waking: Promise<void>): Promise<void> {
    this.#waiting++;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.waitMs ?? WAIT_MS);
    waking.then(resolve);
    await promise;
    clearTimeout(timer);
    this.#waiting--;
  }
}

const CONCURRENT_LOADS = 4;

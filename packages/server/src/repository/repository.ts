import type { Flavour } from '@berth/formats';
import { InferenceError, LoadError, type Model } from '@berth/inference';
import type { ModelRepository, Resolved, ServedModel } from '../dataplane/types.ts';
import { Entry } from './entry.ts';
import { assertValidName, isValidName } from './names.ts';
import { unknownModel, unknownVersion, unloadedModel } from './unknown.ts';
import { withoutFolders } from './without-folders.ts';

/** A model that lies under the configured root; the formats' `DiscoveredModel` is one. */
export interface ModelCandidate {
  readonly name: string;
  readonly version?: string;
  /** Why it can not be loaded, for people. */
  readonly problem?: string;
}

/** What the repository needs from outside; tests pass fakes. */
export interface RepositoryOptions<Candidate extends ModelCandidate> {
  readonly flavour: Flavour;
  /** What lies under the root now. Called anew for each load, so that new files are found. */
  readonly discover: () => Promise<readonly Candidate[]>;
  /** The same for one name alone, where that is cheaper to find. */
  readonly discoverNamed?: (name: string) => Promise<readonly Candidate[]>;
  /** Reads, builds and warms one model. @throws LoadError */
  readonly load: (candidate: Candidate) => Promise<Model>;
  /** Flavour of one model where it differs from the repository's. */
  readonly flavourOf?: (candidate: Candidate) => Flavour;
  /** A second name for the only model of the repository: its InferenceService's name. */
  readonly alias?: string;
  /** Told of every failed load, beside the state that the index shows. */
  readonly onLoadFailure?: (name: string, version: string, error: unknown) => void;
  /** Monotonic milliseconds; `performance.now` unless a test says otherwise. */
  readonly now?: () => number;
}

/** A ModelRepository that also loads everything that lies under its root. */
export interface LoadableRepository extends ModelRepository {
  /** As in every repository; `reason` is told until it is loaded again. */
  unload(name: string, reason?: string): Promise<void>;
  /** Loads all that `discover` finds; one that fails is UNAVAILABLE with its reason, the others serve. */
  loadAll(): Promise<void>;
}

/** Models that are read at once when the server starts: enough to hide waits, few enough to bound memory. */
const CONCURRENT_LOADS = 4;

/** Makes an empty repository; `loadAll` or `load` fills it. */
export function createModelRepository<Candidate extends ModelCandidate>(
  options: RepositoryOptions<Candidate>,
): LoadableRepository {
  return new Repository(options);
}

class Repository<Candidate extends ModelCandidate> implements LoadableRepository {
  #options: RepositoryOptions<Candidate>;
  #entries = new Map<string, Entry>();
  /** The tail of each name's queue of changes: they happen one after the other. */
  #changes = new Map<string, Promise<void>>();
  /** Loads that have not ended, by name: a second caller gets the same one. */
  #loads = new Map<string, Promise<void>>();
  #retiring = new Set<Promise<void>>();
  #closed = false;
  #starting = false;
  /** Whether the first look for models goes on: until it has ended nobody knows which names there are. */
  #discovering = false;

  constructor(options: RepositoryOptions<Candidate>) {
    this.#options = options;
  }

  resolve(name: string, version?: string): Resolved {
    const entry = this.#entries.get(name) ?? this.#aliased(name);
    if (entry === undefined) {
      if (this.#discovering) {
        const message = `Model with name ${name} is not ready. Reason: the models are being looked for`;
        throw new InferenceError('NOT_READY', message, { retryAfterSeconds: 1 });
      }
      throw unknownModel(this.#options.flavour, name, [...this.#entries.keys()]);
    }
    const found = version === undefined ? entry.newest : entry.version(version);
    return found ?? this.#refuse(entry, version);
  }

  find(name: string): ServedModel | undefined {
    return (this.#entries.get(name) ?? this.#aliased(name))?.served;
  }

  list(): readonly ServedModel[] {
    return [...this.#entries.values()]
      .map((entry) => entry.served)
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  ready(): boolean {
    if (this.#closed || this.#starting) return false;
    for (const entry of this.#entries.values()) if (!entry.ready) return false;
    return true;
  }

  async loadAll(): Promise<void> {
    this.#starting = true;
    this.#discovering = true;
    try {
      const candidates = await this.#options.discover().finally(() => {
        this.#discovering = false;
      });
      const names = [...new Set(candidates.map((candidate) => candidate.name))];
      const loadNext = async (): Promise<void> => {
        for (let name = names.shift(); name !== undefined; name = names.shift()) {
          await this.#loadFound(name, candidates);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENT_LOADS }, loadNext));
    } finally {
      this.#starting = false;
    }
  }

  /** Loads one name at the start; that it failed is in its state. */
  #loadFound(name: string, candidates: readonly Candidate[]): Promise<void> {
    const versions = candidates.filter((candidate) => candidate.name === name);
    return this.#change(name, () => this.#loadVersions(name, versions, true)).catch(() => undefined);
  }

  load(name: string): Promise<void> {
    const running = this.#loads.get(name);
    if (running !== undefined) return running;
    const load = this.#change(name, () => this.#discoverAndLoad(name)).finally(() => this.#loads.delete(name));
    this.#loads.set(name, load);
    return load;
  }

  async unload(name: string, reason = 'unloaded'): Promise<void> {
    assertValidName(name, 'model');
    const entry = this.#entries.get(name) ?? this.#aliased(name);
    if (entry === undefined) throw unknownModel(this.#options.flavour, name, [...this.#entries.keys()]);
    await this.#change(entry.name, async () => {
      await Promise.all(entry.versions.map((version) => entry.unload(version, reason)));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#entries.keys()].map((name) => this.unload(name)));
    await Promise.allSettled([...this.#changes.values(), ...this.#retiring]);
  }

  #aliased(name: string): Entry | undefined {
    if (name !== this.#options.alias || this.#entries.size !== 1) return undefined;
    return this.#entries.values().next().value;
  }

  #refuse(entry: Entry, version: string | undefined): never {
    const state = version === undefined ? entry.served.versions[0]?.state : entry.state(version);
    if (state === undefined && version !== undefined) throw unknownVersion(entry.name, version, entry.readyVersions);
    if (entry.unloaded) throw unloadedModel(this.#options.flavour, entry.name);
    const described = entry.served.versions.find((each) => version === undefined || each.version === version);
    const why = state === 'LOADING' ? 'it is loading' : state === 'UNLOADING' ? 'it is unloading' : described?.reason;
    throw new InferenceError(
      'NOT_READY',
      `Model with name ${entry.name} is not ready.${why === undefined ? '' : ` Reason: ${why}`}`,
      { retryAfterSeconds: state === 'LOADING' ? 1 : 5 },
    );
  }

  /** Runs `change` after all earlier changes of the same name, whether they failed or not. */
  #change(name: string, change: () => Promise<void>): Promise<void> {
    const before = this.#changes.get(name) ?? Promise.resolve();
    const result = before.then(change, change);
    const tail = result
      .catch(() => undefined)
      .then(() => {
        if (this.#changes.get(name) === tail) this.#changes.delete(name);
      });
    this.#changes.set(name, tail);
    return result;
  }

  async #discoverAndLoad(name: string): Promise<void> {
    assertValidName(name, 'model');
    const { discover, discoverNamed } = this.#options;
    const all = await (discoverNamed?.(name) ?? discover());
    const candidates = all.filter((candidate) => candidate.name === name);
    if (candidates.length === 0) {
      throw new InferenceError('NOT_FOUND', `failed to load '${name}': the model repository has no model of that name`);
    }
    await this.#loadVersions(name, candidates, false);
  }

  /** @throws InferenceError when one version fails; the others are loaded nevertheless. */
  async #loadVersions(name: string, candidates: readonly Candidate[], atStart: boolean): Promise<void> {
    if (this.#closed) throw new InferenceError('NOT_READY', 'the server is shutting down');
    const flavour = this.#options.flavourOf?.(candidates[0]) ?? this.#options.flavour;
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = new Entry(name, flavour);
      this.#entries.set(name, entry);
    } else {
      entry.setFlavour(flavour);
    }
    const found = new Set(candidates.map((candidate) => candidate.version ?? ''));
    const loads = await Promise.allSettled(candidates.map((each) => this.#loadVersion(entry, each, atStart)));
    const failure = loads.find((load) => load.status === 'rejected');
    if (failure === undefined) {
      const gone = entry.versions.filter((version) => !found.has(version));
      for (const version of gone) this.#retire(entry.unload(version, 'no longer in the repository'));
      return;
    }
    throw loadFailure(name, failure.reason);
  }

  async #loadVersion(entry: Entry, candidate: Candidate, atStart: boolean): Promise<void> {
    const now = this.#options.now ?? (() => performance.now());
    const version = candidate.version ?? '';
    entry.loading(version, true);
    try {
      if (!isValidName(candidate.name) || (version !== '' && !isValidName(version))) {
        throw new LoadError('ModelLayout', 'its name is not a valid model name: rename the folder');
      }
      if (candidate.problem !== undefined) throw new LoadError('ModelLayout', candidate.problem);
      const started = now();
      const model = await this.#options.load(candidate);
      this.#retire(entry.loaded(version, model, now() - started));
    } catch (error) {
      // Who asked by name has the answer; readiness only waits for what the server itself was told to serve.
      entry.failed(version, reasonOf(error), atStart);
      this.#options.onLoadFailure?.(candidate.name, version, error);
      throw error;
    }
  }

  /** Waits for a retired model only when the repository closes. */
  #retire(retiring: Promise<void>): void {
    const settled = retiring
      .catch(() => undefined)
      .then(() => {
        this.#retiring.delete(settled);
      });
    this.#retiring.add(settled);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof LoadError || error instanceof InferenceError) return withoutFolders(error.message);
  return 'internal error; the server log has the cause';
}

function loadFailure(name: string, error: unknown): InferenceError {
  const code = error instanceof InferenceError ? error.code : error instanceof LoadError ? 'INVALID_INPUT' : 'INTERNAL';
  return new InferenceError(code, `failed to load '${name}': ${reasonOf(error)}`, { cause: error });
}

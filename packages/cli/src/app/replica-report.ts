import type { ModelMetadata } from '@berth/inference';
import type { ExtraRoute, ModelRepository } from '@berth/server';
import type { FolderCatalog } from './model-catalog.ts';

/** A model as a replica reports it to the platform; the control package's ReplicaModel. */
export interface ReplicaModelReport {
  readonly name: string;
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE';
  readonly versions?: readonly string[];
  readonly reason?: string;
  readonly message?: string;
  readonly format?: string;
  readonly library?: { readonly name: string; readonly version: string };
  readonly loadMilliseconds?: number;
  readonly firstAnswerMilliseconds?: number;
  /** Of a model of a catalog: which content is loaded, could not be loaded, or would be by the next request. */
  readonly digest?: string;
}

/** What `GET /_berth/replica` answers. */
export interface ReplicaReport {
  /** Whether every model that was to be loaded answers. */
  readonly ready: boolean;
  /** Whether the first loads have ended, well or badly. */
  readonly settled: boolean;
  readonly models: readonly ReplicaModelReport[];
}

/** Where the platform asks a replica. Answered on a replica's own socket only. */
export const REPLICA_PATH = '/_berth/replica';

/** How long a model took, in milliseconds. */
export interface LoadTimes {
  readonly loadMs: number;
  readonly firstAnswerMs: number;
  /** Which content of the name it was, where a catalog tells. */
  readonly digest?: string;
}

interface Failure {
  readonly reason: string;
  readonly message: string;
}

/** Collects what a replica's loads came to. */
export class ReplicaReporter {
  readonly #times = new Map<string, LoadTimes>();
  readonly #failures = new Map<string, Failure>();
  /** Why nothing could be looked for at all. */
  #rootFailure: (Failure & { readonly name: string }) | undefined;
  #isSettled = false;

  loaded(name: string, times: LoadTimes): void {
    this.#times.set(name, times);
    this.#failures.delete(name);
    this.#rootFailure = undefined;
  }

  failed(name: string, error: unknown): void {
    this.#failures.set(name, describe(error));
  }

  /** The models could not be looked for; `name` stands for them. */
  rootFailed(name: string, error: unknown): void {
    this.#rootFailure = { name, ...describe(error) };
  }

  settled(): void {
    this.#isSettled = true;
  }

  report(repository: ModelRepository, catalog?: FolderCatalog): ReplicaReport {
    const models = repository.list().map((served): ReplicaModelReport => {
      const newest = served.versions[0];
      const ready = served.versions.find((version) => version.state === 'READY');
      const root = this.#rootFailure;
      const failure = root?.name === served.name ? root : this.#failures.get(served.name);
      const times = this.#times.get(served.name);
      const state = ready !== undefined ? 'READY' : newest?.state === 'LOADING' ? 'LOADING' : 'UNAVAILABLE';
      const isAsleep = failure === undefined && repository.isAsleep?.(served.name) === true;
      const unloaded = { reason: isAsleep ? 'Asleep' : 'Unloaded', message: newest?.reason };
      const why = state !== 'UNAVAILABLE' ? undefined : (failure ?? unloaded);
      const digest = state === 'READY' ? times?.digest : catalog?.models.get(served.name)?.digest;
      return {
        name: served.name,
        state,
        ...(served.versioned ? { versions: served.versions.map(({ version }) => version) } : {}),
        ...(why === undefined
          ? {}
          : { reason: why.reason, ...(why.message === undefined ? {} : { message: why.message }) }),
        ...(digest === undefined ? {} : { digest }),
        ...(ready?.model === undefined ? {} : describeModel(ready.model.metadata)),
        ...(ready === undefined || times === undefined
          ? {}
          : { loadMilliseconds: times.loadMs, firstAnswerMilliseconds: times.firstAnswerMs }),
      };
    });
    return { ready: this.#isSettled && repository.ready(), settled: this.#isSettled, models };
  }
}

function describeModel({ platform, properties }: ModelMetadata): Pick<ReplicaModelReport, 'format' | 'library'> {
  const format = [properties.get('format'), properties.get('summary') ?? properties.get('class')]
    .filter((one) => one !== undefined)
    .join(', ');
  const sklearn = properties.get('scikit-learn');
  const version = sklearn ?? properties.get('library_version');
  const name = sklearn === undefined ? platform : 'scikit-learn';
  return {
    ...(format === '' ? {} : { format }),
    ...(version === undefined ? {} : { library: { name, version } }),
  };
}

/** Errors that say themselves why, by a `reason` of their own: LoadError, StorageError. */
function describe(error: unknown): Failure {
  if (!(error instanceof Error)) return { reason: 'ModelLoadFailed', message: String(error) };
  const { reason } = error as { reason?: unknown };
  return { reason: typeof reason === 'string' ? reason : 'ModelLoadFailed', message: error.message };
}

/** The route that answers the report. */
export function replicaRoute(report: () => ReplicaReport): ExtraRoute {
  return (request, response, path) => {
    if (path !== REPLICA_PATH) return false;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const text = isRead ? JSON.stringify(report()) : '';
    response.statusCode = isRead ? 200 : 405;
    if (!isRead) response.setHeader('allow', 'GET, HEAD');
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', Buffer.byteLength(text));
    response.end(request.method === 'HEAD' ? '' : text);
    return true;
  };
}

import { hostname } from 'node:os';
import type { ApiObject, ModelRequest, ModelSource, ModelState, ResourceStore, StoreEvent } from '@berth/control';
import { pinTree, unpinTree } from '@berth/storage';

const KINDS: ReadonlySet<string> = new Set(['LocalModelCache', 'LocalModelNamespaceCache']);
/** Where KServe's jobs for caches of the whole cluster run, and so where their Secrets are. */
const JOBS_NAMESPACE = 'kserve-localmodel-jobs';

/** What caches of models need. */
export interface LocalModelCachesParts {
  readonly store: ResourceStore;
  readonly models: ModelSource;
  readonly cacheFolder: string;
}

/**
 * Brings the model of every LocalModelCache here before a service asks for it, keeps it in the cache as long as the
 * resource is there, and says so in its status as KServe's agent does. Returns how to stop.
 */
export function keepLocalModels({ store, models, cacheFolder }: LocalModelCachesParts): () => Promise<void> {
  let work: Promise<unknown> = Promise.resolve();
  const then = (step: () => Promise<void>) => {
    work = work.then(step).catch(() => undefined);
  };
  const look = (object: ApiObject) => {
    const request = requestOf(object);
    if (request === undefined) return;
    const state = models.ask(request);
    if (state.state === 'ready') then(() => pinTree(cacheFolder, { owner: ownerOf(object), digest: state.digest }));
    writeStatus(store, object, state);
  };
  const heard = ({ type, object }: StoreEvent) => {
    if (!KINDS.has(object.kind)) return;
    if (type !== 'DELETED') {
      look(object);
      return;
    }
    models.forget({ namespace: namespaceOf(object), service: ownerOf(object) });
    then(() => unpinTree(cacheFolder, ownerOf(object)));
  };
  const stopWatching = store.watch(heard);
  const stopListening = models.onChange(({ service }) => {
    const [kind = '', name = '', namespace] = service.split('/');
    if (!KINDS.has(kind)) return;
    const object = store.get({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
    if (object !== undefined) look(object);
  });
  for (const kind of KINDS) for (const object of store.list(kind)) look(object);
  return async () => {
    stopWatching();
    stopListening();
    await work;
  };
}

/** `LocalModelCache/iris`, with the namespace at its end where the kind has one. */
function ownerOf({ kind, metadata }: ApiObject): string {
  const { name, namespace } = metadata;
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${name}/${namespace}`;
}

function namespaceOf(object: ApiObject): string {
  return object.metadata.namespace ?? JOBS_NAMESPACE;
}

function requestOf(object: ApiObject): ModelRequest | undefined {
  const spec = object.spec as Record<string, unknown> | undefined;
  const uri = spec?.sourceModelUri;
  if (typeof uri !== 'string' || object.metadata.deletionTimestamp !== undefined) return undefined;
  const account = spec?.serviceAccountName;
  return {
    namespace: namespaceOf(object),
    service: ownerOf(object),
    uri,
    ...(typeof account === 'string' ? { serviceAccountName: account } : {}),
    annotations: object.metadata.annotations ?? {},
    env: {},
    refresh: '',
  };
}

/** KServe's status: this machine is the one node. Progress of bytes is not in it, so that it does not change all the time. */
function writeStatus(store: ResourceStore, object: ApiObject, state: ModelState): void {
  const node =
    state.state === 'ready' ? 'NodeDownloaded' : state.state === 'failed' ? 'NodeDownloadError' : 'NodeDownloading';
  const status = {
    nodeStatus: { [hostname()]: node },
    copies: { available: state.state === 'ready' ? 1 : 0, total: 1, failed: state.state === 'failed' ? 1 : 0 },
    ...(state.state === 'failed' ? { message: `${state.reason}: ${state.message}` } : {}),
  };
  const { kind, metadata } = object;
  const { name, namespace } = metadata;
  const now = store.get({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
  if (now === undefined || JSON.stringify(now.status) === JSON.stringify(status)) return;
  try {
    store.updateStatus({ ...now, status });
  } catch {
    // It has changed meanwhile; that change is looked at as well.
  }
}

import { type ResourceStore, StoreError } from '@berth/control';

/** The account of who names none; `kubectl patch serviceaccount default` gives it credentials, as KServe's pages do. */
const NAME = 'default';

/**
 * Keeps a ServiceAccount `default` in every namespace, as a cluster does. Returns how to stop.
 * `onProblem` is told where one could not be stored.
 */
export function keepDefaultAccounts(store: ResourceStore, onProblem: (error: unknown) => void): () => void {
  const keep = (namespace: string) => {
    const owner = store.get({ kind: 'Namespace', name: namespace });
    if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
    if (store.get({ kind: 'ServiceAccount', name: NAME, namespace }) !== undefined) return;
    try {
      store.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace } });
    } catch (thrown) {
      if (!(thrown instanceof StoreError && thrown.reason === 'AlreadyExists')) onProblem(thrown);
    }
  };
  const stop = store.watch(({ type, object }) => {
    const { name, namespace } = object.metadata;
    if (object.kind === 'Namespace' && type === 'ADDED') keep(name);
    if (object.kind === 'ServiceAccount' && type === 'DELETED' && name === NAME && namespace) keep(namespace);
  });
  for (const { metadata } of store.list('Namespace')) keep(metadata.name);
  return stop;
}

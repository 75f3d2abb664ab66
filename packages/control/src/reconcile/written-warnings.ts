import { checkObject, type InferenceService } from '@berth/api';
import type { ApiObject, ResourceStore } from '../store/resource-store.ts';

const STORAGE_SECRET = 'serving.kserve.io/storageSecretName';

/**
 * What there is to say about how a service is written, and about the ServiceAccount and Secrets that its storage is read
 * with: keys that nothing reads above all, which are the cause of many a failed download. Never a value of a Secret.
 */
export function writtenWarnings(objects: readonly ApiObject[]): string[] {
  return objects.flatMap(warningsOf);
}

/** The service, and what its storage is read with as far as it is there. */
export function writtenObjects(isvc: ApiObject, store: ResourceStore): ApiObject[] {
  const namespace = isvc.metadata.namespace ?? 'default';
  const { predictor } = (isvc as unknown as InferenceService).spec;
  const named = typeof predictor.serviceAccountName === 'string' ? predictor.serviceAccountName : 'default';
  const account = store.get({ kind: 'ServiceAccount', namespace, name: named });
  const secrets = new Set<string>();
  const references = Array.isArray(account?.secrets) ? account.secrets : [];
  for (const one of references) if (typeof one?.name === 'string') secrets.add(one.name);
  const own = new Map(Object.entries(isvc.metadata.annotations ?? {})).get(STORAGE_SECRET);
  if (own !== undefined) secrets.add(own);
  const others = [...secrets].slice(0, MAX_SECRETS).map((name) => store.get({ kind: 'Secret', namespace, name }));
  return [isvc, account, ...others].filter((object) => object !== undefined);
}

/** An account with more of them is no account of a model. */
const MAX_SECRETS = 20;

function warningsOf(object: ApiObject): string[] {
  const { status: _status, ...written } = object;
  const where = object.kind === 'InferenceService' ? '' : `${object.kind} "${object.metadata.name}": `;
  return checkObject(written, { strict: false })
    .filter((issue) => issue.severity === 'warning')
    .map(({ message, hint }) => `${where}${message}${hint === undefined ? '' : ` (${hint})`}`);
}

import type { ApiObject, DraftObject, ObjectKey, OwnerReference, StoredMeta } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import { isEqual } from './equal.ts';

/** Fields of metadata that only the server sets. */
const SERVER_META = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
] as const;

/** Its owner references. */
export function ownersOf(object: ApiObject): readonly OwnerReference[] {
  return (object.metadata.ownerReferences ?? []) as readonly OwnerReference[];
}

/** What an object of a kind is found by. */
export function keyFor(info: KindInfo, namespace: string | undefined, name: string): ObjectKey {
  return { kind: info.kind, name, ...(info.isNamespaced && namespace !== undefined ? { namespace } : {}) };
}

/** The key of an object among those of its kind. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** Whether nothing has still to be done before it goes. */
export function isFree(metadata: StoredMeta): boolean {
  return (metadata.finalizers ?? []).length === 0;
}

/** The order of lists. */
export function byName(left: ApiObject, right: ApiObject): number {
  const a = keyOf(left.metadata.namespace, left.metadata.name);
  const b = keyOf(right.metadata.namespace, right.metadata.name);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `.group`, or nothing for the core group. */
export function groupSuffix(info: KindInfo): string {
  return info.group === '' ? '' : `.${info.group}`;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The metadata of a new object, without what a client has no say in. */
export function withoutServerMeta(metadata: DraftObject['metadata']): DraftObject['metadata'] {
  const copy = { ...metadata };
  for (const field of SERVER_META) delete copy[field];
  return copy;
}

/** The metadata of a change: what the server owns is as it was. */
export function keptMeta(asked: StoredMeta, current: StoredMeta): StoredMeta {
  const metadata: StoredMeta = {
    ...asked,
    uid: current.uid,
    resourceVersion: current.resourceVersion,
    creationTimestamp: current.creationTimestamp,
    generation: current.generation,
  };
  if (current.deletionTimestamp === undefined) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp = current.deletionTimestamp;
  if (current.deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds;
  else metadata.deletionGracePeriodSeconds = current.deletionGracePeriodSeconds;
  if (current.namespace === undefined) delete metadata.namespace;
  else metadata.namespace = current.namespace;
  return metadata;
}

/** Whether anything but metadata and status differs. */
export function isMeantDifferently(next: ApiObject, current: ApiObject): boolean {
  const { metadata: _m, status: _s, ...left } = next;
  const { metadata: _n, status: _t, ...right } = current;
  return !isEqual(left, right);
}

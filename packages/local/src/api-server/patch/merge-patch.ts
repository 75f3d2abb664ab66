import { define } from './json-patch.ts';

type Json = Record<string, unknown>;

/** RFC 7386: objects merge, null removes, everything else replaces. Gives a new value. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else define(merged, key, applyMergePatch(Object.hasOwn(merged, key) ? merged[key] : undefined, value));
  }
  return merged;
}

/** Lists of Kubernetes' own kinds that merge by a key or as a set (patchStrategy and patchMergeKey of k8s.io/api/core/v1). */
const LISTS: ReadonlyMap<string, string | 'set'> = new Map([
  ['metadata.ownerReferences', 'uid'],
  ['metadata.finalizers', 'set'],
  ['secrets', 'name'],
  ['status.conditions', 'type'],
]);

/**
 * Kubernetes' strategic merge patch for the kinds that have one here (Secret, ConfigMap, ServiceAccount, Namespace,
 * PersistentVolumeClaim): lists with a merge key merge item by item; `$patch: delete|replace`, `$deleteFromPrimitiveList`,
 * `$setElementOrder` and `$retainKeys` are read.
 */
export function applyStrategicPatch(target: unknown, patch: unknown, path = ''): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch === 'delete') return {};
  const merged: Json = isObject(target) ? { ...target } : {};
  if (Array.isArray(patch.$retainKeys)) {
    for (const key of Object.keys(merged)) if (!patch.$retainKeys.includes(key)) delete merged[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice('$deleteFromPrimitiveList/'.length);
      const gone = Array.isArray(value) ? value : [];
      if (Array.isArray(merged[field]))
        merged[field] = (merged[field] as unknown[]).filter((one) => !gone.includes(one));
      continue;
    }
    if (key.startsWith('$')) continue;
    const at = path === '' ? key : `${path}.${key}`;
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (value === null) delete merged[key];
    else if (Array.isArray(value) && LISTS.has(at))
      define(merged, key, mergeList(before, value, LISTS.get(at) as string, at));
    else define(merged, key, applyStrategicPatch(before, value, at));
  }
  return merged;
}

function mergeList(target: unknown, patch: readonly unknown[], mergeKey: string, path: string): unknown[] {
  const list = Array.isArray(target) ? [...target] : [];
  if (mergeKey === 'set') return [...new Set([...list, ...patch])];
  // One item that says so replaces the list by the others.
  const isReplaced = patch.some((item) => isObject(item) && item.$patch === 'replace');
  if (isReplaced)
    return patch.filter((item) => isObject(item) && item.$patch === undefined).map((item) => structuredClone(item));
  for (const item of patch) {
    if (!isObject(item)) continue;
    const index = list.findIndex((one) => isObject(one) && one[mergeKey] === item[mergeKey]);
    if (item.$patch === 'delete') {
      if (index >= 0) list.splice(index, 1);
    } else if (index >= 0) list[index] = applyStrategicPatch(list[index], item, `${path}[]`);
    else list.push(withoutDirectives(item));
  }
  return list;
}

function withoutDirectives(value: Json): Json {
  return Object.fromEntries(Object.entries(structuredClone(value)).filter(([key]) => !key.startsWith('$')));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

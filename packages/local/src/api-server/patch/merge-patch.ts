import { ApiFailure } from '../failure.ts';
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
  if (patch.$patch !== undefined && patch.$patch !== 'merge') {
    throw new ApiFailure(
      400,
      'BadRequest',
      `unknown patch type: ${String(patch.$patch).slice(0, 100)} in ${path || 'the patch'}`,
    );
  }
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
      define(merged, key, mergeList(before, value, LISTS.get(at) as string, at, orderIn(patch, key)));
    else if (Array.isArray(value))
      define(
        merged,
        key,
        value.map((item) => (isObject(item) ? withoutDirectives(item) : item)),
      );
    else define(merged, key, applyStrategicPatch(before, value, at));
  }
  return merged;
}

function orderIn(patch: Json, key: string): readonly unknown[] | undefined {
  const order = patch[`$setElementOrder/${key}`];
  return Array.isArray(order) ? order : undefined;
}

function mergeList(
  target: unknown,
  patch: readonly unknown[],
  mergeKey: string,
  path: string,
  order: readonly unknown[] | undefined,
): unknown[] {
  const list = Array.isArray(target) ? target : [];
  const keyOf = (item: unknown) => (mergeKey === 'set' ? item : isObject(item) ? item[mergeKey] : undefined);
  // One item that says so replaces the list by the others.
  const isReplaced = patch.some((item) => isObject(item) && item.$patch === 'replace');
  if (isReplaced)
    return patch.filter((item) => isObject(item) && item.$patch === undefined).map((item) => structuredClone(item));
  const kept = new Map<unknown, unknown>(list.map((item) => [keyOf(item), item]));
  for (const item of patch) {
    const key = keyOf(item);
    if (mergeKey === 'set') kept.set(key, item);
    else if (isObject(item) && item.$patch === 'delete') kept.delete(key);
    else if (isObject(item)) {
      kept.set(key, kept.has(key) ? applyStrategicPatch(kept.get(key), item, `${path}[]`) : withoutDirectives(item));
    }
  }
  const wanted = new Set(
    (order ?? patch).map((item) => (order === undefined ? keyOf(item) : isObject(item) ? item[mergeKey] : item)),
  );
  return inOrder(list.map(keyOf), wanted)
    .filter((key) => kept.has(key))
    .map((key) => kept.get(key));
}

/**
 * The keys of both lists: those of the patch in its order, the others in theirs, before the next of the patch that the list
 * had after them. Where nothing tells, the patch goes first.
 */
function inOrder(live: readonly unknown[], wanted: ReadonlySet<unknown>): unknown[] {
  const place = new Map(live.map((key, index) => [key, index]));
  const others = live.filter((key) => !wanted.has(key));
  const out: unknown[] = [];
  for (const key of wanted) {
    const end = place.get(key);
    while (end !== undefined && others.length > 0 && (place.get(others[0]) as number) < end) out.push(others.shift());
    out.push(key);
  }
  return [...out, ...others];
}

function withoutDirectives(value: Json): Json {
  return Object.fromEntries(Object.entries(structuredClone(value)).filter(([key]) => !key.startsWith('$')));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

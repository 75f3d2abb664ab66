import type { Schema } from '../../openapi/schema.ts';
import { isEqual } from '../../store/equal.ts';
import { conflictOf } from './conflict.ts';
import {
  difference,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  pathsOf,
  toFieldsV1,
  union,
} from './field-set.ts';
import { allowedByLastApplied, withLastApplied } from './last-applied.ts';
import { checkListKeys } from './list-keys.ts';
import { type Comparison, compare, fieldsOf, merge, schemaOf, withNamedFields, withoutFields } from './typed.ts';

/** Who writes, and when (RFC 3339). */
export interface FieldWriter {
  readonly manager: string;
  readonly time: string;
  /** Where the write goes to the status alone, as the status has owners of its own. */
  readonly subresource?: 'status';
}

/** What one manager owns, as `metadata.managedFields` has it. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fields: FieldSet;
}

type Json = Record<string, unknown>;
type WithMeta = Json & { apiVersion: string; kind: string; metadata: Json };

/** Managers of updates that are told apart; the oldest of more become one. */
const MAX_UPDATERS = 10;
/** What nobody owns: the identity, and what the server sets (apimachinery's stripmeta). */
const UNOWNED = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    ...Object.fromEntries(
      'name namespace creationTimestamp selfLink uid clusterName generation managedFields resourceVersion deletionTimestamp'
        .split(' ')
        .map((name) => [`f:${name}`, {}]),
    ),
  },
});

/**
 * Server-side apply: merges what a manager asks for into the object (or into its status alone, as the writer says), list
 * items by their keys; takes away what it asked for before and asks for no more; remembers who owns what.
 * @throws ApiFailure 409 where another manager owns a field that would change, unless `force`; 422 where items of a list
 * that is owned item by item can not be told apart
 */
export function applyConfiguration(
  live: WithMeta | undefined,
  sent: WithMeta,
  writer: FieldWriter,
  force: boolean,
): WithMeta {
  const schema = schemaOf(sent.kind);
  const { subresource } = writer;
  const config = seen(withoutNulls(sent) as WithMeta, subresource);
  const current = seen(live, subresource);
  checkListKeys(config, schema);
  const asked = fieldsOf(config, schema);
  const wanted = difference(asked, UNOWNED);
  let owners = ownersOf(live);
  if (live !== undefined && owners.length === 0) {
    // Nobody wrote down whose its fields are: somebody's, from before.
    const fields = owned(compare({}, plain(live), schema));
    const { apiVersion } = live;
    owners = [{ manager: 'before-first-apply', operation: 'Update', apiVersion, time: writer.time, fields }];
  }
  const isOwn = (one: Owner) =>
    one.manager === writer.manager && one.operation === 'Apply' && one.subresource === subresource;
  const before = owners.find(isOwn);
  const others = owners.filter((one) => !isOwn(one));
  const merged = merge(current, config, schema);
  const result = pruned(merged, before?.fields, [asked, ...others.map((one) => one.fields)], schema) as WithMeta;
  const found = compare(current, result, schema);
  const changed = union(found.added, found.modified);
  let conflicts = others
    .map((owner) => ({ owner, paths: [...pathsOf(intersection(owner.fields, changed))] }))
    .filter(({ paths }) => paths.length > 0);
  if (!force && writer.manager === 'kubectl') {
    const allowed = allowedByLastApplied(live, schema);
    const isLeft = conflicts.some(({ paths }) => paths.some((path) => !allowed(path)));
    conflicts = conflicts
      .map(({ owner, paths }) => ({ owner, paths: isLeft ? paths.filter((path) => !allowed(path)) : [] }))
      .filter(({ paths }) => paths.length > 0);
  }
  if (conflicts.length > 0 && !force) throw conflictOf(conflicts);
  const gone = union(changed, found.removed);
  const kept = others.map((one) => ({ ...one, fields: difference(one.fields, gone) }));
  // A time is that of a change: who only comes to own what is there already has none, as in Kubernetes.
  const time = isNothing(found) ? before?.time : writer.time;
  const own: Owner = {
    manager: writer.manager,
    operation: 'Apply',
    apiVersion: config.apiVersion,
    ...(time === undefined ? {} : { time }),
    ...(subresource === undefined ? {} : { subresource }),
    fields: wanted,
  };
  if (subresource !== undefined) {
    return withOwners({ ...(live as WithMeta), status: result.status }, [...kept, own]);
  }
  const stored = writer.manager === 'kubectl' ? withLastApplied(result, sent) : result;
  return withOwners(stored as WithMeta, [...kept, own]);
}

/** After any other write: fields whose value changed belong to the writer now, those that are gone to nobody. */
export function trackUpdate(before: WithMeta | undefined, after: WithMeta, writer: FieldWriter): WithMeta {
  const schema = schemaOf(after.kind);
  const { subresource } = writer;
  const found = compare(seen(before, subresource), seen(after, subresource), schema);
  const changed = owned(found);
  const owners = sentOwners(after) ?? ownersOf(before);
  // Nobody keeps count of what nobody owned, until somebody applies: then all of it is from before the first apply.
  if (before !== undefined && owners.length === 0) return withOwners(after, []);
  const gone = union(changed, found.removed);
  const kept = owners.map((one) => ({ ...one, fields: difference(one.fields, gone) }));
  if (isEmptySet(changed)) return withOwners(after, kept);
  const isOwn = (one: Owner) =>
    one.manager === writer.manager &&
    one.operation === 'Update' &&
    one.apiVersion === after.apiVersion &&
    one.subresource === subresource;
  const mine: Owner = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: after.apiVersion,
    time: writer.time,
    ...(subresource === undefined ? {} : { subresource }),
    fields: union(kept.find(isOwn)?.fields ?? fromFieldsV1({}), changed),
  };
  return withOwners(after, [...kept.filter((one) => !isOwn(one)), mine]);
}

/** What its manager asked for before, asks for no more, and nobody else owns, taken out. */
function pruned(merged: unknown, before: FieldSet | undefined, owners: readonly FieldSet[], schema: Schema): unknown {
  if (before === undefined || isEmptySet(before)) return merged;
  const named = (set: FieldSet) => withNamedFields(set, schema);
  const last = named(before);
  const all = named(fieldsOf(merged, schema));
  const owned = named(owners.reduce(union));
  const left = named(fieldsOf(withoutFields(merged, last, schema) ?? {}, schema));
  const withOwned = withoutFields(merged, difference(all, union(left, owned)), schema) ?? {};
  const kept = named(fieldsOf(withOwned, schema));
  return withoutFields(merged, intersection(difference(all, kept), last), schema) ?? {};
}

/** What of an object a write can change: its status, or all but that. */
function seen(object: WithMeta | undefined, subresource: FieldWriter['subresource']): WithMeta {
  if (object === undefined) return {} as WithMeta;
  if (subresource === undefined) return plain(object);
  const { apiVersion, kind, status } = object;
  return { apiVersion, kind, metadata: {}, ...(status === undefined ? {} : { status }) };
}

function plain(object: WithMeta): WithMeta {
  const { status: _status, ...rest } = object;
  if (rest.metadata === undefined) return rest as WithMeta;
  const { managedFields: _managed, ...metadata } = rest.metadata;
  return { ...rest, metadata } as WithMeta;
}

function owned(found: Comparison): FieldSet {
  return difference(union(found.added, found.modified), UNOWNED);
}

function isNothing({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(difference(union(union(added, modified), removed), UNOWNED));
}

function ownersOf(object: WithMeta | undefined): Owner[] {
  const entries = object?.metadata.managedFields;
  if (!Array.isArray(entries)) return [];
  return entries.filter(isEntry).map(({ fieldsV1, fieldsType: _type, ...rest }) => {
    return { ...rest, fields: fromFieldsV1(fieldsV1) } as Owner;
  });
}

/** Owners that a client wrote itself: kubectl does so when it goes over to server-side apply. `[]` and `[{}]` forget all. */
function sentOwners(object: WithMeta): Owner[] | undefined {
  const entries = object.metadata.managedFields;
  if (!Array.isArray(entries)) return undefined;
  if (entries.length === 0 || (entries.length === 1 && isEqual(entries[0], {}))) return [];
  return entries.every(isEntry) ? ownersOf(object) : undefined;
}

function isEntry(value: unknown): value is Json {
  if (typeof value !== 'object' || value === null) return false;
  const { manager, operation, apiVersion, fieldsType } = value as Json;
  const isText = typeof apiVersion === 'string' && apiVersion !== '' && typeof manager === 'string';
  return isText && (operation === 'Apply' || operation === 'Update') && fieldsType === 'FieldsV1';
}

function withOwners(object: WithMeta, owners: readonly Owner[]): WithMeta {
  const entries = capped(owners.filter(({ fields }) => !isEmptySet(fields)))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    .map(({ fields, ...rest }) => ({ ...rest, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) }));
  const { managedFields: _old, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

/** The whole of what tells entries apart: an order that could change would make a write of nothing. */
function orderOf({ operation, time, manager, apiVersion, subresource }: Owner): string {
  return JSON.stringify([operation, time ?? '', manager, apiVersion, subresource ?? '']);
}

function capped(owners: readonly Owner[]): Owner[] {
  const updaters = owners
    .filter(({ operation }) => operation === 'Update')
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  if (updaters.length <= MAX_UPDATERS) return [...owners];
  const old = updaters.slice(0, updaters.length - MAX_UPDATERS + 1);
  const { time, apiVersion } = old.at(-1) as Owner;
  const fields = old.map((one) => one.fields).reduce(union);
  const bucket = { manager: 'ancient-changes', operation: 'Update', apiVersion, time, fields } as Owner;
  return [...owners.filter((one) => !old.includes(one)), bucket];
}

/** In a configuration a null is a value that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}

import { isEqual } from '../../store/equal.ts';
import { ApiFailure } from '../failure.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { type FieldSet, fieldsOf, fromFieldsV1, stepsOf, toFieldsV1, valueAt } from './field-set.ts';

/** An entry of `metadata.managedFields`. */
interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: unknown;
}

/** Who writes, and when (RFC 3339). */
export interface FieldWriter {
  readonly manager: string;
  readonly time: string;
}

type Json = Record<string, unknown>;
type WithMeta = Json & { apiVersion: string; metadata: Json };

/**
 * Server-side apply: merges what a manager asks for into the object, takes away what it asked for before and asks for no
 * more, and remembers who owns what.
 * @throws ApiFailure 409 where another manager owns a field that would change, unless `force`
 */
export function applyConfiguration(
  live: WithMeta | undefined,
  config: WithMeta,
  writer: FieldWriter,
  force: boolean,
): WithMeta {
  const wanted = fieldsOf(config);
  const entries = entriesOf(live);
  const isOwn = (entry: ManagedEntry) => entry.manager === writer.manager && entry.operation === 'Apply';
  const before = fromFieldsV1(entries.find(isOwn)?.fieldsV1);
  const conflicts = new Map<string, string[]>();
  for (const entry of entries) {
    if (isOwn(entry)) continue;
    for (const path of overlapping(fromFieldsV1(entry.fieldsV1), wanted)) {
      if (isEqual(valueAt(live, path), valueAt(config, path))) continue;
      conflicts.set(entry.manager, [...(conflicts.get(entry.manager) ?? []), path]);
    }
  }
  if (conflicts.size > 0 && !force) throw conflictOf(conflicts);
  const others = entries.filter((entry) => !isOwn(entry));
  const base = live === undefined ? undefined : withoutFields(live, given(before, wanted, others));
  const merged = applyMergePatch(base ?? {}, withoutNulls(config)) as WithMeta;
  const kept = others
    .map((entry) => ({
      entry,
      fields: without(fromFieldsV1(entry.fieldsV1), new Set(conflicts.get(entry.manager) ?? [])),
    }))
    .filter(({ fields }) => fields.size > 0)
    .map(({ entry, fields }) => ({ ...entry, fieldsV1: toFieldsV1(fields) }));
  const isSame = isEqual([...before].sort(), [...wanted].sort());
  const time = isSame ? (entries.find(isOwn)?.time ?? writer.time) : writer.time;
  const own = entryOf(writer.manager, 'Apply', config.apiVersion, time, wanted);
  return { ...merged, metadata: { ...merged.metadata, managedFields: [...kept, own] } };
}

/** After any other write: fields whose value changed belong to the writer now, those that are gone to nobody. */
export function trackUpdate(before: WithMeta | undefined, after: WithMeta, writer: FieldWriter): WithMeta {
  const present = fieldsOf(after);
  const changed = new Set([...present].filter((path) => !isEqual(valueAt(before, path), valueAt(after, path))));
  const entries = entriesOf(before);
  const isOwn = (entry: ManagedEntry) => entry.manager === writer.manager && entry.operation === 'Update';
  if (
    changed.size === 0 &&
    entries.every((entry) => [...fromFieldsV1(entry.fieldsV1)].every((path) => present.has(path)))
  ) {
    return { ...after, metadata: { ...after.metadata, managedFields: entries } };
  }
  const kept = entries
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({
      entry,
      fields: new Set([...fromFieldsV1(entry.fieldsV1)].filter((path) => present.has(path) && !changed.has(path))),
    }))
    .filter(({ fields }) => fields.size > 0)
    .map(({ entry, fields }) => ({ ...entry, fieldsV1: toFieldsV1(fields) }));
  const earlier = [...fromFieldsV1(entries.find(isOwn)?.fieldsV1)].filter((path) => present.has(path));
  const own = new Set([...earlier, ...changed]);
  const mine = own.size === 0 ? [] : [entryOf(writer.manager, 'Update', after.apiVersion, writer.time, own)];
  return { ...after, metadata: { ...after.metadata, managedFields: [...kept, ...mine] } };
}

function entriesOf(object: WithMeta | undefined): ManagedEntry[] {
  const entries = object?.metadata.managedFields;
  return Array.isArray(entries) ? (entries as ManagedEntry[]) : [];
}

function entryOf(
  manager: string,
  operation: 'Apply' | 'Update',
  apiVersion: string,
  time: string,
  fields: FieldSet,
): ManagedEntry {
  return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) };
}

/** Fields of `owned` that a write of `wanted` touches: the same ones, or one inside the other. */
function overlapping(owned: FieldSet, wanted: FieldSet): string[] {
  return [...wanted].filter((path) => owned.has(path) || parents(path).some((parent) => owned.has(parent)));
}

function parents(path: string): string[] {
  const steps = stepsOf(path);
  return steps.slice(1).map((_, index) => JSON.stringify(steps.slice(0, index + 1)));
}

/** What its manager asked for before, asks for no more, and nobody else owns. */
function given(before: FieldSet, wanted: FieldSet, others: readonly ManagedEntry[]): string[] {
  const owned = others.map((entry) => fromFieldsV1(entry.fieldsV1));
  return [...before].filter((path) => !wanted.has(path) && !owned.some((fields) => fields.has(path)));
}

function without(fields: FieldSet, taken: FieldSet): Set<string> {
  return new Set([...fields].filter((path) => !taken.has(path) && !parents(path).some((parent) => taken.has(parent))));
}

/** A copy without these fields, and without objects that are empty by that. */
function withoutFields(object: WithMeta, paths: readonly string[]): WithMeta {
  const copy = structuredClone(object) as WithMeta;
  for (const path of paths) {
    const steps = stepsOf(path);
    const chain: Json[] = [copy];
    for (const step of steps.slice(0, -1)) {
      const next = chain.at(-1)?.[step];
      if (typeof next !== 'object' || next === null || Array.isArray(next)) break;
      chain.push(next as Json);
    }
    if (chain.length !== steps.length) continue;
    delete chain.at(-1)?.[steps.at(-1) as string];
    for (let depth = chain.length - 1; depth > 1; depth--) {
      if (Object.keys(chain[depth] as Json).length > 0) break;
      delete chain[depth - 1]?.[steps[depth - 1] as string];
    }
  }
  return copy;
}

/** In a configuration a null is a value that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}

function conflictOf(conflicts: ReadonlyMap<string, string[]>): ApiFailure {
  const causes = [...conflicts].flatMap(([manager, paths]) =>
    paths.map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}"`,
      field: `.${stepsOf(path).join('.')}`,
    })),
  );
  const shown = causes
    .slice(0, 10)
    .map((one) => `${one.message}: ${one.field}`)
    .join('\n- ');
  const plural = causes.length === 1 ? 'conflict' : 'conflicts';
  return new ApiFailure(409, 'Conflict', `Apply failed with ${causes.length} ${plural}: ${shown}`, { causes });
}

import { KINDS } from '../../kinds/kind-info.ts';
import { definitions } from '../../openapi/definitions.ts';
import { definitionName } from '../../openapi/names.ts';
import type { Definitions, Schema } from '../../openapi/schema.ts';
import { isEqual } from '../../store/equal.ts';
import { define } from '../patch/json-patch.ts';
import { descend, emptySet, type FieldSet } from './field-set.ts';

/** What a comparison found: fields that are new, that went, and that have another value. */
export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

type Json = Record<string, unknown>;
type Branch = ReadonlyMap<string, { readonly value: unknown; readonly schema: Schema; readonly isNamed: boolean }>;

/** Keys that may be left out of an item, and what they are then. */
const KEY_DEFAULTS: ReadonlyMap<string, unknown> = new Map([['protocol', 'TCP']]);
let all: Definitions | undefined;

/** The schema of a kind; one that says nothing where it has none: lists are then one field, maps are not. */
export function schemaOf(kind: string): Schema {
  all ??= definitions(KINDS);
  const info = KINDS.find((one) => one.kind === kind);
  return (info && all.get(definitionName(info))) ?? {};
}

/** The definition that a schema refers to, or itself. */
export function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (all?.get(schema.$ref) ?? {});
}

/** The parts of a value that are owned one by one; undefined where it is one field. A repeated item is one, too. */
function branch(value: unknown, raw: Schema): Branch | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const schema = resolved(raw);
  const out = new Map<string, { value: unknown; schema: Schema; isNamed: boolean }>();
  if (!Array.isArray(value)) {
    if (schema['x-kubernetes-map-type'] === 'atomic') return undefined;
    for (const [key, child] of Object.entries(value)) {
      const named = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
      out.set(`f:${key}`, {
        value: child,
        schema: named ?? schema.additionalProperties ?? {},
        isNamed: named !== undefined,
      });
    }
    return out;
  }
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'map' && type !== 'set') return undefined;
  for (const item of value) {
    const step = stepOf(item, schema);
    // Two items of one key, or one without a key: nothing tells whose is whose.
    if (step === undefined || out.has(step)) return undefined;
    out.set(step, { value: item, schema: schema.items ?? {}, isNamed: false });
  }
  return out;
}

/** What an item of a list of such a schema is owned by; undefined where it has no key. */
export function stepOf(item: unknown, schema: Schema): string | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') {
    return typeof item === 'object' ? undefined : `v:${JSON.stringify(item)}`;
  }
  if (typeof item !== 'object' || item === null) return undefined;
  const keys = [...(schema['x-kubernetes-list-map-keys'] as readonly string[])].sort();
  const given = keys.flatMap((key) => {
    const value = (Object.hasOwn(item, key) ? (item as Json)[key] : undefined) ?? KEY_DEFAULTS.get(key);
    return value === undefined ? [] : [[key, value]];
  });
  return given.length === 0 ? undefined : `k:${JSON.stringify(Object.fromEntries(given))}`;
}

/** The fields that a configuration asks for. */
export function fieldsOf(value: unknown, schema: Schema): FieldSet {
  const out = emptySet();
  for (const [step, part] of branch(value, schema) ?? []) {
    const inside = branch(part.value, part.schema);
    const isList = Array.isArray(part.value);
    if (inside === undefined || (inside.size === 0 && !isList) || !part.isNamed) out.members.add(step);
    if (inside !== undefined && inside.size > 0) out.children.set(step, fieldsOf(part.value, part.schema));
  }
  return out;
}

/** How two values of a schema differ. */
export function compare(left: unknown, right: unknown, schema: Schema): Comparison {
  const out = { added: emptySet(), removed: emptySet(), modified: emptySet() };
  compareInto(left, right, schema, out);
  return out;
}

function compareInto(left: unknown, right: unknown, schema: Schema, out: Comparison): void {
  const mine = branch(left, schema) ?? new Map();
  const theirs: Branch = branch(right, schema) ?? new Map();
  for (const step of new Set([...mine.keys(), ...theirs.keys()])) {
    const before = mine.get(step);
    const after = theirs.get(step);
    const part = (after ?? before) as { schema: Schema };
    if (before === undefined) out.added.members.add(step);
    else if (after === undefined) out.removed.members.add(step);
    const inside = [before, after].map((one) => one && branch(one.value, part.schema));
    const isOneField = inside.every((one) => one === undefined || one.size === 0);
    if (isOneField || (before && !inside[0]) || (after && !inside[1])) {
      if (before && after && !isEqual(before.value, after.value)) out.modified.members.add(step);
      if (isOneField) continue;
    }
    compareInto(before?.value, after?.value, part.schema, {
      added: descend(out.added, step),
      removed: descend(out.removed, step),
      modified: descend(out.modified, step),
    });
  }
}

/** `right` over `left`: items with the same keys merge, others stay, in the order of `right` where both have them. */
export function merge(left: unknown, right: unknown, schema: Schema): unknown {
  if (right === undefined) return left;
  const mine = branch(left, schema);
  const theirs = branch(right, schema);
  if (mine === undefined || theirs === undefined || Array.isArray(left) !== Array.isArray(right)) return right;
  if (mine.size === 0 && theirs.size === 0) return right;
  const merged = new Map<string, unknown>();
  for (const step of mergedOrder([...mine.keys()], [...theirs.keys()])) {
    const part = theirs.get(step) ?? mine.get(step);
    if (part !== undefined) merged.set(step, merge(mine.get(step)?.value, theirs.get(step)?.value, part.schema));
  }
  return built(left, merged);
}

/**
 * The order of merged items: those of `right` as they stand there, and each that only `left` has behind what it stood
 * behind. Where both could be next, the one of `left` is (sigs.k8s.io/structured-merge-diff, typed, merging of lists).
 */
function mergedOrder(left: readonly string[], right: readonly string[]): string[] {
  const inLeft = new Set(left);
  const inRight = new Set(right);
  const shared = right.filter((step) => inLeft.has(step));
  const out = new Set<string>();
  let l = 0;
  let r = 0;
  const take = (step: string) => {
    out.add(step);
    if (shared[0] === step) shared.shift();
  };
  while (l < left.length || r < right.length) {
    const mine = left[l];
    const theirs = right[r];
    if (mine !== undefined && mine === theirs) {
      take(mine);
      l++;
      r++;
    } else if (mine !== undefined && !inRight.has(mine)) {
      take(mine);
      l++;
    } else if (
      mine !== undefined &&
      (theirs === undefined || out.has(mine) || (shared.length > 0 && shared[0] !== mine))
    ) {
      // Its turn comes with `right`, or has come.
      l++;
    } else if (theirs !== undefined) {
      take(theirs);
      r++;
    }
  }
  return [...out];
}

/** A value without the fields of a set, and without what is empty by that. */
export function withoutFields(value: unknown, gone: FieldSet, schema: Schema): unknown {
  const parts = branch(value, schema);
  if (parts === undefined || parts.size === 0) return value;
  const kept = new Map<string, unknown>();
  for (const [step, part] of parts) {
    if (gone.members.has(step)) continue;
    const inside = gone.children.get(step);
    const rest = inside === undefined ? part.value : withoutFields(part.value, inside, part.schema);
    if (rest !== undefined) kept.set(step, rest);
  }
  return kept.size === 0 ? undefined : built(value, kept);
}

function built(like: unknown, parts: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(like)) return [...parts.values()];
  const out: Json = {};
  for (const [step, value] of parts) define(out, step.slice(2), value);
  return out;
}

/** The set with the named fields that lead to its fields: to remove all of `env` is to remove `env`. */
export function withNamedFields(set: FieldSet, raw: Schema): FieldSet {
  const schema = resolved(raw);
  const out: FieldSet = { members: new Set(set.members), children: new Map() };
  for (const [step, child] of set.children) {
    const name = step.slice(2);
    const named =
      step.startsWith('f:') && Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    if (named !== undefined) out.members.add(step);
    const below = named ?? (step.startsWith('f:') ? schema.additionalProperties : schema.items) ?? {};
    out.children.set(step, withNamedFields(child, below));
  }
  return out;
}

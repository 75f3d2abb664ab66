/**
 * Sets of fields as `metadata.managedFields` writes them (FieldsV1): `{"f:spec":{"f:x":{}}}`. A path is the JSON text of
 * its steps. Lists are taken as one field, as in a custom resource whose schema says nothing else.
 */
export type FieldSet = ReadonlySet<string>;

const MAX_FIELDS = 20_000;

/** Fields of metadata that nobody owns. */
const UNOWNED = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
  'selfLink',
]);

/** Every leaf of an object: what is no object, or is an empty one. apiVersion, kind and the identity are left out. */
export function fieldsOf(object: Readonly<Record<string, unknown>>): Set<string> {
  const fields = new Set<string>();
  for (const [key, value] of Object.entries(object)) {
    if (key === 'apiVersion' || key === 'kind') continue;
    if (key !== 'metadata') collect(value, [key], fields);
    else {
      for (const [name, field] of Object.entries((value ?? {}) as object)) {
        if (!UNOWNED.has(name)) collect(field, ['metadata', name], fields);
      }
    }
  }
  return fields;
}

function collect(value: unknown, path: readonly string[], fields: Set<string>): void {
  if (fields.size > MAX_FIELDS) return;
  const isBranch =
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!isBranch) {
    fields.add(JSON.stringify(path));
    return;
  }
  for (const [key, field] of Object.entries(value as object)) collect(field, [...path, key], fields);
}

/** The steps of a path. */
export function stepsOf(path: string): string[] {
  return JSON.parse(path) as string[];
}

/** The value at a path; undefined where there is none. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const step of stepsOf(path)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

type Fields = { [key: string]: Fields };

/** As FieldsV1. */
export function toFieldsV1(fields: FieldSet): Fields {
  const root: Fields = {};
  for (const path of [...fields].sort()) {
    let node = root;
    for (const step of stepsOf(path)) {
      const key = `f:${step}`;
      node[key] ??= {};
      node = node[key] as Fields;
    }
  }
  return root;
}

/** From FieldsV1; what it does not know (list items, sets) counts as its list. */
export function fromFieldsV1(value: unknown): Set<string> {
  const fields = new Set<string>();
  walk(value, [], fields);
  return fields;
}

function walk(value: unknown, path: readonly string[], fields: Set<string>): void {
  const children = Object.entries((value ?? {}) as object).filter(([key]) => key.startsWith('f:'));
  if (path.length > 0 && children.length === 0) fields.add(JSON.stringify(path));
  if (path.length > 100) return;
  for (const [key, child] of children) walk(child, [...path, key.slice(2)], fields);
}

import type { Schema } from '../../openapi/schema.ts';
import { difference, type FieldSet, pathsOf, union } from './field-set.ts';
import { compare, fieldsOf } from './typed.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

type Json = Record<string, unknown>;

/** Whether a conflict is with kubectl's own client-side apply: it left the field in its annotation, as it still is. */
export function allowedByLastApplied(live: Json | undefined, schema: Schema): (path: readonly string[]) => boolean {
  const last = parsed(textOf(live));
  if (live === undefined || last === undefined || last.apiVersion !== live.apiVersion) return () => false;
  const { added, modified, removed } = compare(last, live, schema);
  const fields: FieldSet = difference(fieldsOf(last, schema), union(union(added, modified), removed));
  const allowed = new Set([...pathsOf(fields)].map((path) => JSON.stringify(path)));
  return (path) => allowed.has(JSON.stringify(path));
}

/** Keeps the annotation in step where client-side apply left one, so that it can be gone back to. */
export function withLastApplied(object: unknown, config: Json): unknown {
  if (textOf(object as Json) === undefined) return object;
  const { metadata } = object as { metadata: Json };
  const { metadata: sent, ...rest } = config as { metadata: Json };
  const { [ANNOTATION]: _old, ...others } = (sent.annotations ?? {}) as Json;
  const annotations = sent.annotations === undefined ? {} : { annotations: others };
  const text = `${JSON.stringify(inOrder({ ...rest, metadata: { ...sent, ...annotations } }))}\n`;
  const kept = { ...(metadata.annotations as Json), [ANNOTATION]: text };
  return { ...(object as Json), metadata: { ...metadata, annotations: kept } };
}

/** With keys in the order in which kubectl writes them, or the annotation would change with every other kind of apply. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inside]) => [key, inOrder(inside)]));
}

function textOf(object: Json | undefined): string | undefined {
  const { annotations } = (object?.metadata ?? {}) as { annotations?: Json };
  const text = annotations?.[ANNOTATION];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function parsed(text: string | undefined): Json | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

import type { Schema } from '../../openapi/schema.ts';
import { ApiFailure } from '../failure.ts';
import { shownPath } from './field-set.ts';
import { resolved, stepOf } from './typed.ts';

type Configuration = { readonly apiVersion: string; readonly kind: string } & Readonly<Record<string, unknown>>;

/**
 * Refuses a configuration whose items nothing tells apart: two of one key, or one without its key. Who owns which could not
 * be written down.
 * @throws ApiFailure 422 that names the list
 */
export function checkListKeys(config: Configuration, schema: Schema): void {
  const problem = keyProblem(config, schema);
  if (problem === undefined) return;
  const text = `failed to create typed patch object (${config.apiVersion}, Kind=${config.kind}): ${problem}`;
  throw new ApiFailure(422, 'Invalid', text, { kind: config.kind });
}

/** What keeps the items of a list from being told apart, where there is something: the path, and what is wrong there. */
export function keyProblem(object: unknown, schema: Schema): string | undefined {
  return problemIn(object, schema, '');
}

function problemIn(value: unknown, raw: Schema, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const schema = resolved(raw);
  if (Array.isArray(value)) return problemInList(value, schema, path);
  for (const [key, child] of Object.entries(value)) {
    const named = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
    const problem = problemIn(child, named ?? schema.additionalProperties ?? {}, `${path}.${key}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemInList(list: readonly unknown[], schema: Schema, path: string): string | undefined {
  const type = schema['x-kubernetes-list-type'];
  const isKeyed = type === 'map' || type === 'set';
  const known = new Set<string>();
  for (const [index, item] of list.entries()) {
    const step = isKeyed ? stepOf(item, schema) : undefined;
    if (isKeyed && step === undefined) return `${path}: element ${index} has none of the keys of the list`;
    if (step !== undefined && known.has(step)) return `${path}: duplicate entries for key ${shownPath([step])}`;
    if (step !== undefined) known.add(step);
    const problem = problemIn(item, schema.items ?? {}, `${path}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

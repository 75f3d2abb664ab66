import type { KindInfo } from '../kinds/kind-info.ts';
import { coreSchemas, withDescriptions } from './core-schemas.ts';
import { describeKind } from './descriptions/describe.ts';
import { ANYTHING, kserveSchemas } from './kserve-schemas.ts';
import { definitionName, LIST_META, OBJECT_META } from './names.ts';
import type { Definitions, Schema } from './schema.ts';

/** The definitions of the given kinds, of their lists, and of all that these refer to. */
export function definitions(kinds: readonly KindInfo[]): Definitions {
  const out = new Map([...coreSchemas(), ...kserveSchemas(kinds)]);
  for (const info of kinds) {
    const name = definitionName(info);
    const schema = out.get(name) ?? looseSchema(info);
    const { group, version, kind } = info;
    out.set(name, { ...schema, 'x-kubernetes-group-version-kind': [{ group, version, kind }] });
    out.set(`${name}List`, {
      type: 'object',
      required: ['items'],
      properties: withDescriptions(`${kind}List`, {
        apiVersion: { type: 'string' },
        items: { type: 'array', items: { $ref: name }, description: 'The objects of the list.' },
        kind: { type: 'string' },
        metadata: { $ref: LIST_META },
      }),
      'x-kubernetes-group-version-kind': [{ group, version, kind: `${kind}List` }],
    });
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** For a kind that no definition describes. */
function looseSchema(info: KindInfo): Schema {
  const description = describeKind(info.kind);
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties: withDescriptions(info.kind, {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: OBJECT_META },
      spec: ANYTHING,
      ...(info.hasStatus ? { status: ANYTHING } : {}),
    }),
  };
}

/** The definitions of those names and all that they refer to. */
export function closure(all: Definitions, roots: Iterable<string>): Definitions {
  const names = new Set<string>();
  const wanted = [...roots];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const schema = all.get(name);
    if (schema === undefined || names.has(name)) continue;
    names.add(name);
    wanted.push(...references(schema));
  }
  return new Map([...all].filter(([name]) => names.has(name)));
}

function* references(schema: Schema): Generator<string> {
  if (schema.$ref !== undefined) yield schema.$ref;
  if (schema.items !== undefined) yield* references(schema.items);
  if (schema.additionalProperties !== undefined) yield* references(schema.additionalProperties);
  for (const child of Object.values(schema.properties ?? {})) yield* references(child);
}

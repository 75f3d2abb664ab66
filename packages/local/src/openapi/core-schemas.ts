import { describeField, describeKind } from './descriptions/describe.ts';
import generated from './gen/core-schemas.json' with { type: 'json' };
import type { Schema } from './schema.ts';

/** The schemas of the core kinds and of everything that they refer to, described where we have words for it. */
export function coreSchemas(): Map<string, Schema> {
  const out = new Map<string, Schema>();
  for (const [name, schema] of Object.entries(generated.definitions as Record<string, Schema>)) {
    const short = name.slice(name.lastIndexOf('.') + 1);
    out.set(name, described(short, schema));
  }
  return out;
}

function described(name: string, schema: Schema): Schema {
  const isKind = schema['x-kubernetes-group-version-kind'] !== undefined;
  const description = isKind ? describeKind(name) : undefined;
  const properties = schema.properties && withDescriptions(name, schema.properties);
  return { ...schema, ...(description && { description }), ...(properties && { properties }) };
}

/** Properties with what is known of their meaning. */
export function withDescriptions(
  definition: string,
  properties: Readonly<Record<string, Schema>>,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(properties).map(([field, schema]) => {
      const description = describeField(definition, field);
      return [field, description === undefined ? schema : { ...schema, description }];
    }),
  );
}

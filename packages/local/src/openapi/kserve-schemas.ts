import { kindSchema, type SchemaType, schemaType } from '@berth/api';
import type { KindInfo } from '../kinds/kind-info.ts';
import { withDescriptions } from './core-schemas.ts';
import { describeKind } from './descriptions/describe.ts';
import { definitionName, OBJECT_META } from './names.ts';
import type { Schema } from './schema.ts';

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const PREFIX = 'io.kserve.serving.';

/** Any JSON: what the definitions leave open. */
export const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/**
 * The schemas of kinds that CustomResourceDefinitions define. Types of objects become definitions of their own, named
 * after the first field that has them: InferenceService alone would be megabytes if its containers stood everywhere.
 */
export function kserveSchemas(kinds: readonly KindInfo[]): Map<string, Schema> {
  const out = new Map<string, Schema>();
  const names = new Map<number, string>();
  const taken = new Set<string>();

  /**
   * Names the type of objects that lies at `index`, in lists and maps too. The field nearest to the top names it; where
   * another type has that name, its owner's goes before.
   */
  function reserve(index: number, wanted: string, owner: string): void {
    const type = schemaType(index);
    if (type.t === 'list' || type.t === 'map') reserve(type.of, singular(wanted), owner);
    if (type.t !== 'object' || names.has(index)) return;
    const base = taken.has(wanted) ? owner + wanted : wanted;
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
    taken.add(name);
    names.set(index, name);
  }

  function convert(index: number): Schema {
    const type: SchemaType = schemaType(index);
    switch (type.t) {
      case 'object': {
        const name = names.get(index) as string;
        if (out.has(PREFIX + name)) return { $ref: PREFIX + name };
        const schema: Schema = { type: 'object', ...(type.atomic && { 'x-kubernetes-map-type': 'atomic' }) };
        out.set(PREFIX + name, schema);
        const fields = Object.entries(type.fields);
        for (const [field, child] of fields) reserve(child, pascal(field), name);
        const properties = fields.map(([field, child]) => [field, convert(child)]);
        schema.properties = withDescriptions(name, Object.fromEntries(properties));
        if (type.required !== undefined) schema.required = type.required;
        return { $ref: PREFIX + name };
      }
      case 'map':
        return {
          type: 'object',
          additionalProperties: convert(type.of),
          ...(type.atomic && { 'x-kubernetes-map-type': 'atomic' }),
        };
      case 'list':
        return {
          type: 'array',
          items: convert(type.of),
          ...given('minItems', type.min),
          ...(type.keys && { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': type.keys }),
          ...(type.set && { 'x-kubernetes-list-type': 'set' }),
        };
      case 'string':
        return {
          type: 'string',
          ...given('enum', type.enum),
          ...given('pattern', type.pattern),
          ...given('minLength', type.minLength),
          ...given('maxLength', type.maxLength),
        };
      case 'integer':
      case 'number':
        return { type: type.t, ...given('minimum', type.min), ...given('maximum', type.max) };
      case 'boolean':
        return { type: 'boolean' };
      case 'quantity':
        return { $ref: QUANTITY };
      case 'intOrString':
        return { $ref: INT_OR_STRING };
      case 'any':
        return ANYTHING;
    }
  }

  for (const info of kinds) {
    const schema = kindSchema(info.kind);
    if (schema === undefined) continue;
    const properties: Record<string, Schema> = {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: OBJECT_META },
    };
    if (schema.top.includes('disabled')) properties.disabled = { type: 'boolean' };
    reserve(schema.spec, `${info.kind}Spec`, info.kind);
    properties.spec = convert(schema.spec);
    if (schema.status !== undefined) {
      reserve(schema.status, `${info.kind}Status`, info.kind);
      properties.status = convert(schema.status);
    }
    const description = describeKind(info.kind);
    out.set(definitionName(info), {
      type: 'object',
      ...(description === undefined ? {} : { description }),
      properties: withDescriptions(info.kind, properties),
    });
  }
  return out;
}

function given<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

function pascal(field: string): string {
  return field.replace(/[^A-Za-z0-9]/g, '').replace(/^./, (letter) => letter.toUpperCase());
}

function singular(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  return /[^su]s$/.test(name) ? name.slice(0, -1) : name;
}

/**
 * Makes packages/api/src/gen/crd-schemas.json from KServe's CustomResourceDefinitions: names, types, enums, patterns and
 * required lists only (no descriptions), with equal parts stored once.
 *
 *   node tools/crd-schema/generate.ts <folder with the CRD files of config/crd/full> <kserve commit>
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface OpenApi {
  type?: string;
  format?: string;
  properties?: Record<string, OpenApi>;
  items?: OpenApi;
  additionalProperties?: OpenApi | boolean;
  required?: string[];
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
}

/** How Kubernetes writes a quantity's pattern in a CRD. */
const QUANTITY_START = '^(\\+|-)?(([0-9]+';

const [folder, commit] = process.argv.slice(2);
if (folder === undefined || commit === undefined) throw new Error('usage: generate.ts <folder> <commit>');

const types: unknown[] = [];
const indexOf = new Map<string, number>();

function intern(type: unknown): number {
  const key = JSON.stringify(type);
  let index = indexOf.get(key);
  if (index === undefined) {
    index = types.push(type) - 1;
    indexOf.set(key, index);
  }
  return index;
}

/** Keys of a predictor that are a container without a name. */
const FRAMEWORKS = new Set(
  'model sklearn xgboost tensorflow pytorch triton onnx huggingface pmml lightgbm paddle art'.split(' '),
);

/** KServe lets frameworks go without the name that a container needs; its CRD forgets that under `canary`. */
function withoutName(key: string, schema: OpenApi): OpenApi {
  if (!FRAMEWORKS.has(key) || schema.required === undefined) return schema;
  const required = schema.required.filter((name) => name !== 'name');
  return { ...schema, ...(required.length === 0 ? { required: undefined } : { required }) } as OpenApi;
}

function compact(schema: OpenApi): number {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return intern({ t: schema.pattern?.startsWith(QUANTITY_START) ? 'quantity' : 'intOrString' });
  }
  switch (schema.type) {
    case 'array':
      return intern({
        t: 'list',
        of: compact(schema.items ?? {}),
        min: schema.minItems,
        keys: schema['x-kubernetes-list-map-keys'],
        set: schema['x-kubernetes-list-type'] === 'set' ? true : undefined,
      });
    case 'object': {
      if (schema.properties !== undefined) {
        const atomic = schema['x-kubernetes-map-type'] === 'atomic' ? true : undefined;
        const fields = Object.entries(schema.properties).map(([name, child]) => [
          name,
          compact(withoutName(name, child)),
        ]);
        return intern({ t: 'object', fields: Object.fromEntries(fields), required: schema.required, atomic });
      }
      if (typeof schema.additionalProperties === 'object') {
        const atomic = schema['x-kubernetes-map-type'] === 'atomic' ? true : undefined;
        return intern({ t: 'map', of: compact(schema.additionalProperties), atomic });
      }
      return intern({ t: 'any' });
    }
    case 'string':
      return intern({
        t: 'string',
        enum: schema.enum,
        pattern: schema.pattern,
        minLength: schema.minLength,
        maxLength: schema.maxLength,
      });
    case 'integer':
    case 'number':
      return intern({ t: schema.type, min: schema.minimum, max: schema.maximum });
    case 'boolean':
      return intern({ t: 'boolean' });
    default:
      return intern({ t: 'any' });
  }
}

const kinds: Record<
  string,
  { apiVersion: string; plural: string; scope: string; spec: number; top: string[]; status?: number }
> = {};
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()) {
  const crd = parse(readFileSync(join(folder, file), 'utf8'));
  const version = crd.spec.versions.find((one: { storage: boolean }) => one.storage);
  const schema: OpenApi = version.schema.openAPIV3Schema;
  const status = schema.properties?.status;
  kinds[crd.spec.names.kind] = {
    apiVersion: `${crd.spec.group}/${version.name}`,
    plural: crd.spec.names.plural,
    scope: crd.spec.scope,
    spec: compact(schema.properties?.spec ?? {}),
    top: Object.keys(schema.properties ?? {}),
    ...(status === undefined ? {} : { status: compact(status) }),
  };
}

const out = new URL('../../packages/api/src/gen/crd-schemas.json', import.meta.url);
const lines = [
  '{',
  `"source": ${JSON.stringify(`kserve/kserve ${commit} config/crd/full`)},`,
  `"kinds": ${JSON.stringify(kinds)},`,
  '"types": [',
  types.map((type) => JSON.stringify(type)).join(',\n'),
  ']}',
];
writeFileSync(out, `${lines.join('\n')}\n`);
console.log(`${types.length} types, ${Object.keys(kinds).length} kinds`);

/**
 * Makes packages/local/src/openapi/gen/core-schemas.json from Kubernetes' OpenAPI v2 document: names, types, required
 * lists and how lists merge, for the core kinds that Berth serves and all that they refer to (no descriptions).
 *
 *   node tools/core-schema/generate.ts <api/openapi-spec/swagger.json of Kubernetes> <its version>
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const KINDS = ['ConfigMap', 'Event', 'Namespace', 'PersistentVolumeClaim', 'Pod', 'Secret', 'ServiceAccount'];
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const ROOTS = [
  ...KINDS.map((kind) => `io.k8s.api.core.v1.${kind}`),
  `${META}.ListMeta`,
  `${META}.Status`,
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
];
/** Words that say how a value looks or merges; everything else (sentences, defaults) stays behind. */
const KEPT = new Set([
  '$ref',
  'additionalProperties',
  'format',
  'items',
  'properties',
  'required',
  'type',
  'x-kubernetes-group-version-kind',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
]);

const [file, version] = process.argv.slice(2);
if (file === undefined || version === undefined) throw new Error('usage: generate.ts <swagger.json> <version>');
const all = JSON.parse(readFileSync(file, 'utf8')).definitions as Record<string, Json>;
const kept = new Map<string, Json>();

function isMap(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A schema without what is not wanted; definitions that it refers to are added. */
function reduce(schema: Json): Json {
  if (!isMap(schema)) return schema;
  const out: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!KEPT.has(key)) continue;
    if (key === '$ref') {
      const name = String(value).slice('#/definitions/'.length);
      add(name);
      out[key] = name;
    } else if (key === 'properties' && isMap(value)) {
      out[key] = Object.fromEntries(Object.entries(value).map(([name, child]) => [name, reduce(child)]));
    } else {
      out[key] = key === 'items' || key === 'additionalProperties' ? reduce(value) : value;
    }
  }
  return out;
}

function add(name: string): void {
  if (kept.has(name)) return;
  const schema = all[name];
  if (schema === undefined) throw new Error(`${file} has no ${name}`);
  kept.set(name, null);
  kept.set(name, reduce(schema));
}

for (const root of ROOTS) add(root);
// Status belongs to every group there: one is enough.
for (const schema of kept.values()) {
  if (!isMap(schema)) continue;
  const kinds = schema['x-kubernetes-group-version-kind'];
  if (Array.isArray(kinds)) schema['x-kubernetes-group-version-kind'] = kinds.slice(0, 1);
}
const lines = [...kept]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`);
const out = new URL('../../packages/local/src/openapi/gen/core-schemas.json', import.meta.url);
writeFileSync(
  out,
  `{\n"source": ${JSON.stringify(`Kubernetes ${version} api/openapi-spec`)},\n"definitions": {\n${lines.join(',\n')}\n}}\n`,
);
console.log(`${lines.length} definitions`);

import type { KindInfo } from '../kinds/kind-info.ts';
import { closure } from './definitions.ts';
import { definitionName, STATUS } from './names.ts';
import { type Operation, pathsOf } from './operations.ts';
import type { Definitions, Schema } from './schema.ts';

type Json = Record<string, unknown>;

const PREFIX = '#/components/schemas/';

/** The OpenAPI 3.0 document of one group version, as `/openapi/v3/<path>` answers it. */
export function v3Document(all: Definitions, kinds: readonly KindInfo[], version: string): Json {
  const roots = kinds.flatMap((info) => [definitionName(info), `${definitionName(info)}List`]);
  const schemas = [...closure(all, [...roots, STATUS])].map(([name, schema]) => [name, v3Schema(schema)]);
  const paths = kinds.flatMap(pathsOf).map(({ path, placeholders, operations }) => [
    path,
    {
      ...(placeholders.length > 0 && {
        parameters: placeholders.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      }),
      ...Object.fromEntries(operations.map((one) => [one.method, v3Operation(one)])),
    },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Berth', version },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function v3Operation(operation: Operation): Json {
  const answer = operation.answer === '' ? { type: 'string' } : { $ref: PREFIX + operation.answer };
  const body = operation.body === undefined ? { type: 'object' } : { $ref: PREFIX + operation.body };
  return {
    operationId: operation.id,
    parameters: operation.query.map(([name, type]) => ({ name, in: 'query', schema: { type } })),
    ...(operation.consumes.length > 0 && {
      requestBody: { required: true, content: content(operation.consumes, body) },
    }),
    responses: { 200: { description: 'OK', content: content(operation.produces, answer) } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function content(types: readonly string[], schema: Json): Json {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

/** A reference may have no siblings in OpenAPI 3.0: what is said beside it wraps it. */
function v3Schema(schema: Schema): Json {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  if ($ref !== undefined) {
    const reference = { $ref: PREFIX + $ref };
    return Object.keys(rest).length === 0 ? reference : { allOf: [reference], ...rest };
  }
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, v3Schema(child)])),
    }),
    ...(items && { items: v3Schema(items) }),
    ...(additionalProperties && { additionalProperties: v3Schema(additionalProperties) }),
  };
}

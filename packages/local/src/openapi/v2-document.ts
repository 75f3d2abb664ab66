import type { KindInfo } from '../kinds/kind-info.ts';
import { type Operation, pathsOf } from './operations.ts';
import type { Definitions, Schema } from './schema.ts';

type Json = Record<string, unknown>;

const PREFIX = '#/definitions/';

/** The OpenAPI v2 document of all group versions, as `/openapi/v2` answers it in JSON. */
export function v2Document(all: Definitions, kinds: readonly KindInfo[], version: string): Json {
  const paths = kinds.flatMap(pathsOf).map(({ path, placeholders, operations }) => [
    path,
    {
      ...(placeholders.length > 0 && {
        parameters: placeholders.map((name) => ({ name, in: 'path', required: true, type: 'string' })),
      }),
      ...Object.fromEntries(operations.map((one) => [one.method, v2Operation(one)])),
    },
  ]);
  return {
    swagger: '2.0',
    info: { title: 'Berth', version },
    paths: Object.fromEntries(paths),
    definitions: Object.fromEntries([...all].map(([name, schema]) => [name, v2Schema(schema)])),
  };
}

function v2Operation(operation: Operation): Json {
  const body = operation.body === undefined ? { type: 'object' } : { $ref: PREFIX + operation.body };
  const answer = operation.answer === '' ? { type: 'string' } : { $ref: PREFIX + operation.answer };
  return {
    operationId: operation.id,
    consumes: operation.consumes,
    produces: operation.produces,
    parameters: [
      ...(operation.consumes.length > 0 ? [{ name: 'body', in: 'body', required: true, schema: body }] : []),
      ...operation.query.map(([name, type]) => ({ name, in: 'query', type })),
    ],
    responses: { 200: { description: 'OK', schema: answer } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function v2Schema(schema: Schema): Json {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  return {
    ...($ref !== undefined && { $ref: PREFIX + $ref }),
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, v2Schema(child)])),
    }),
    ...(items && { items: v2Schema(items) }),
    ...(additionalProperties && { additionalProperties: v2Schema(additionalProperties) }),
  };
}

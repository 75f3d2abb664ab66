import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  DocumentSchema,
  type NamedAnySchema,
  type OperationSchema,
  type ParametersItemSchema,
  type SchemaSchema,
} from '../../gen/openapi_v2_pb.ts';
import type { KindInfo } from '../kinds/kind-info.ts';
import { type Operation, pathsOf } from './operations.ts';
import type { Definitions, Schema } from './schema.ts';

type SchemaMessage = MessageInitShape<typeof SchemaSchema>;
type OperationMessage = MessageInitShape<typeof OperationSchema>;
type ParameterMessage = MessageInitShape<typeof ParametersItemSchema>;
type ExtensionMessage = MessageInitShape<typeof NamedAnySchema>;

const PREFIX = '#/definitions/';

/** The OpenAPI v2 document as gnostic's protobuf message, the only form that kubectl reads. */
export function v2Protobuf(all: Definitions, kinds: readonly KindInfo[], version: string): Uint8Array {
  const path = kinds.flatMap(pathsOf).map(({ path: name, placeholders, operations }) => ({
    name,
    value: {
      parameters: placeholders.map(placeholder),
      ...Object.fromEntries(operations.map((one) => [one.method, operationMessage(one)])),
    },
  }));
  const message = create(DocumentSchema, {
    swagger: '2.0',
    info: { title: 'Berth', version },
    paths: { path },
    definitions: { additionalProperties: [...all].map(([name, schema]) => ({ name, value: schemaMessage(schema) })) },
  });
  return toBinary(DocumentSchema, message);
}

function operationMessage(operation: Operation): OperationMessage {
  const body: Schema = operation.body === undefined ? { type: 'object' } : { $ref: operation.body };
  const answer: Schema = operation.answer === '' ? { type: 'string' } : { $ref: operation.answer };
  const schema = { oneof: { case: 'schema' as const, value: schemaMessage(answer) } };
  const response = { description: 'OK', schema };
  return {
    operationId: operation.id,
    consumes: [...operation.consumes],
    produces: [...operation.produces],
    parameters: [
      ...(operation.consumes.length > 0 ? [bodyParameter(body)] : []),
      ...operation.query.map(queryParameter),
    ],
    responses: { responseCode: [{ name: '200', value: { oneof: { case: 'response', value: response } } }] },
    vendorExtension: extensions({
      'x-kubernetes-action': operation.action,
      'x-kubernetes-group-version-kind': operation.kind,
    }),
  };
}

function bodyParameter(schema: Schema): ParameterMessage {
  const value = { name: 'body', in: 'body', required: true, schema: schemaMessage(schema) };
  return { oneof: { case: 'parameter', value: { oneof: { case: 'bodyParameter', value } } } };
}

function placeholder(name: string): ParameterMessage {
  const value = { name, in: 'path', required: true, type: 'string' };
  return {
    oneof: {
      case: 'parameter',
      value: { oneof: { case: 'nonBodyParameter', value: { oneof: { case: 'pathParameterSubSchema', value } } } },
    },
  };
}

function queryParameter([name, type]: Operation['query'][number]): ParameterMessage {
  const value = { name, in: 'query', type };
  return {
    oneof: {
      case: 'parameter',
      value: { oneof: { case: 'nonBodyParameter', value: { oneof: { case: 'queryParameterSubSchema', value } } } },
    },
  };
}

function schemaMessage(schema: Schema): SchemaMessage {
  const { $ref, type, properties, items, additionalProperties, required, enum: choices } = schema;
  const facts = Object.entries(schema).filter(([name]) => name.startsWith('x-'));
  return {
    ref: $ref === undefined ? '' : PREFIX + $ref,
    format: schema.format ?? '',
    description: schema.description ?? '',
    pattern: schema.pattern ?? '',
    minimum: schema.minimum ?? 0,
    maximum: schema.maximum ?? 0,
    minLength: BigInt(schema.minLength ?? 0),
    maxLength: BigInt(schema.maxLength ?? 0),
    minItems: BigInt(schema.minItems ?? 0),
    required: [...(required ?? [])],
    enum: (choices ?? []).map((choice) => ({ yaml: JSON.stringify(choice) })),
    ...(type !== undefined && { type: { value: [type] } }),
    ...(items && { items: { schema: [schemaMessage(items)] } }),
    ...(additionalProperties && {
      additionalProperties: { oneof: { case: 'schema', value: schemaMessage(additionalProperties) } },
    }),
    ...(properties && {
      properties: {
        additionalProperties: Object.entries(properties).map(([name, child]) => ({
          name,
          value: schemaMessage(child),
        })),
      },
    }),
    vendorExtension: extensions(Object.fromEntries(facts)),
  };
}

/** gnostic keeps extensions as YAML text, and JSON is YAML. */
function extensions(values: Readonly<Record<string, unknown>>): ExtensionMessage[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: { yaml: JSON.stringify(value) } }));
}

import type { Datatype, ModelMetadata, TensorSpec } from '@berth/inference';
import type { ServedModel, Service } from '../dataplane/types.ts';

type Schema = { readonly [key: string]: unknown };

/** The OpenAPI 3.1 document of a service: its models' routes with their real inputs, outputs and an example each. */
export function openapiDocument(service: Service): Schema {
  const paths: Record<string, Schema> = { ...SERVER_PATHS };
  for (const served of service.repository.list()) {
    const model = served.versions.find((version) => version.state === 'READY')?.model;
    if (model !== undefined) Object.assign(paths, modelPaths(served, model.metadata));
  }
  return {
    openapi: '3.1.0',
    info: {
      title: titleOf(service),
      version: '1',
      description: 'KServe v1 and the Open Inference Protocol (v2) for the models that are served here.',
    },
    paths,
    components: { schemas: { Error: ERROR_SCHEMA } },
  };
}

/** What the documents are called; the one service of a server for files has no name. */
export function titleOf({ name }: Service): string {
  return name === '' ? 'Models' : `Models of ${name}`;
}

const ERROR_SCHEMA: Schema = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string', description: 'What happened, and what to do.' } },
};

const ERROR: Schema = {
  description: 'What the client can fix (4xx), or what may pass (503)',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

function answer(description: string, schema: Schema): Schema {
  return { description, content: { 'application/json': { schema } } };
}

function read(summary: string): Schema {
  return { get: { summary, responses: { 200: { description: 'OK' }, default: ERROR } } };
}

const SERVER_PATHS: Record<string, Schema> = {
  '/v1/models': read('Names of the models'),
  '/v2': read('Server name, version and extensions'),
  '/v2/health/live': read('Whether the server runs'),
  '/v2/health/ready': read('Whether every model that was asked for is ready'),
  '/v2/models': read('Names of the models'),
  '/v2/models/stats': read('Statistics of all models'),
  '/v2/repository/index': {
    post: { summary: 'Models and the states of their versions', responses: { 200: { description: 'OK' } } },
  },
  '/metrics': read('Counters in the Prometheus text format'),
};

function modelPaths(served: ServedModel, metadata: ModelMetadata): Record<string, Schema> {
  const v1 = `/v1/models/${served.name}`;
  const v2 = `/v2/models/${served.name}`;
  const tags = [served.name];
  return {
    [v1]: read(`Whether ${served.name} is ready`),
    [`${v1}:predict`]: {
      post: {
        tags,
        summary: `Predict with ${served.name}, row by row (v1)`,
        requestBody: body(v1Schema(metadata), { instances: [exampleRow(metadata)] }),
        responses: { 200: answer('A prediction a row', PREDICTIONS), default: ERROR },
      },
    },
    [v2]: read(`Inputs and outputs of ${served.name}`),
    [`${v2}/ready`]: read(`Whether ${served.name} is ready`),
    [`${v2}/stats`]: read(`Statistics of ${served.name}`),
    [`${v2}/infer`]: {
      post: {
        tags,
        summary: `Infer with ${served.name}, tensor by tensor (v2)`,
        requestBody: body(v2Schema(metadata), { inputs: metadata.inputs.map(exampleTensor) }),
        responses: { 200: answer('The computed tensors', v2Answer(metadata)), default: ERROR },
      },
    },
  };
}

function body(schema: Schema, example: unknown): Schema {
  return { required: true, content: { 'application/json': { schema, example } } };
}

const PREDICTIONS: Schema = {
  type: 'object',
  required: ['predictions'],
  properties: { predictions: { type: 'array', items: {} } },
};

function v1Schema(metadata: ModelMetadata): Schema {
  const columns = metadata.columns ?? [];
  const row = { type: 'array', items: {}, description: 'The values of a row, in the order of the columns' };
  const record = {
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column, {}])),
    description: 'The values of a row by column name',
  };
  const output = { type: 'string', enum: metadata.outputs.map((each) => each.name) };
  return {
    type: 'object',
    required: ['instances'],
    properties: {
      instances: { type: 'array', minItems: 1, items: columns.length > 0 ? { anyOf: [row, record] } : {} },
      ...(metadata.outputs.length > 0 ? { parameters: { type: 'object', properties: { output } } } : {}),
    },
  };
}

function v2Schema(metadata: ModelMetadata): Schema {
  const inputs = metadata.inputs.map((spec) => tensorSchema(spec));
  return {
    type: 'object',
    required: ['inputs'],
    properties: {
      id: { type: 'string' },
      parameters: { type: 'object' },
      inputs: { type: 'array', items: inputs.length === 0 ? ANY_TENSOR : { anyOf: inputs } },
      outputs: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string', enum: metadata.outputs.map((each) => each.name) } },
        },
      },
    },
  };
}

function v2Answer(metadata: ModelMetadata): Schema {
  const outputs = metadata.outputs.map((spec) => tensorSchema(spec));
  return {
    type: 'object',
    required: ['model_name', 'outputs'],
    properties: {
      model_name: { type: 'string' },
      model_version: { type: ['string', 'null'] },
      id: { type: 'string' },
      outputs: { type: 'array', items: outputs.length === 0 ? ANY_TENSOR : { anyOf: outputs } },
    },
  };
}

const SHAPE: Schema = { type: 'array', items: { type: 'integer', minimum: 0 } };

const ANY_TENSOR: Schema = {
  type: 'object',
  required: ['name', 'shape', 'datatype'],
  properties: {
    name: { type: 'string' },
    shape: SHAPE,
    datatype: { type: 'string' },
    data: { type: 'array', items: {} },
  },
};

function tensorSchema({ name, datatype, shape, labels }: TensorSpec): Schema {
  const declared = `shape [${shape.join(', ')}]${labels === undefined ? '' : `, of ${labels.slice(0, 20).join(', ')}`}`;
  return {
    type: 'object',
    title: name,
    description: `${datatype}, ${declared}; -1 is any size`,
    required: ['name', 'shape', 'datatype'],
    properties: {
      name: { type: 'string', examples: [name] },
      shape: SHAPE,
      datatype: { type: 'string', examples: [datatype] },
      data: { type: 'array', items: { type: ['array', elementType(datatype), 'null'] } },
    },
  };
}

function elementType(datatype: Datatype): string {
  if (datatype === 'BYTES') return 'string';
  if (datatype === 'BOOL') return 'boolean';
  return datatype.includes('INT') ? 'integer' : 'number';
}

/** Elements of a tensor that an example shows. */
const MAX_EXAMPLE = 64;

function exampleTensor({ name, datatype, shape }: TensorSpec) {
  const sizes = shape.map((dim) => (dim === -1 ? 1 : dim));
  const count = sizes.reduce((product, dim) => product * dim, 1);
  return { name, shape: sizes, datatype, data: Array(Math.min(count, MAX_EXAMPLE)).fill(exampleValue(datatype)) };
}

function exampleRow(metadata: ModelMetadata): unknown {
  if (metadata.columns !== undefined && metadata.columns.length <= MAX_EXAMPLE) {
    return Object.fromEntries(metadata.columns.map((column) => [column, 0]));
  }
  const [input] = metadata.inputs;
  if (input === undefined) return [0];
  const width = input.shape.slice(1).reduce((product, dim) => product * (dim === -1 ? 1 : dim), 1);
  if (input.shape.length < 2) return exampleValue(input.datatype);
  return Array(Math.min(width, MAX_EXAMPLE)).fill(exampleValue(input.datatype));
}

function exampleValue(datatype: Datatype): unknown {
  if (datatype === 'BYTES') return 'text';
  return datatype === 'BOOL' ? false : 0;
}

import type { ModelMetadata, TensorSpec } from '@berth/inference';
import type { DiscoveredModel } from './discovered.ts';
import type { TritonMessage, TritonValue } from './triton-message.ts';
import { fieldsOf, type SchemaField } from './triton-schema.ts';

/** A value as JSON.stringify takes it; whole numbers beyond 2^53 are bigints for the server's own writer. */
export type ConfigJson =
  | string
  | number
  | bigint
  | boolean
  | readonly ConfigJson[]
  | { readonly [key: string]: ConfigJson };

/**
 * The answer of `GET /v2/models/{m}/config`: Triton's ModelConfig in JSON with every default printed, what the file does not
 * say completed from the model (protobuf's field names, enums as words, 64-bit numbers as numbers; recorded from 2.51).
 */
export function tritonConfigJson(discovered: DiscoveredModel, metadata: ModelMetadata): ConfigJson {
  const written = discovered.triton?.message ?? new Map<string, TritonValue>();
  const batched = ((written.get('max_batch_size') as number | undefined) ?? 0) > 0;
  const filled = new Map<string, TritonValue>(written);
  const supply = (field: string, value: TritonValue) => {
    const before = filled.get(field);
    if (before === undefined || before === '' || (Array.isArray(before) && before.length === 0))
      filled.set(field, value);
  };
  filled.set('name', discovered.name);
  const onnx = discovered.format === 'onnx';
  supply('platform', onnx ? 'onnxruntime_onnx' : metadata.platform);
  supply('backend', onnx ? 'onnxruntime' : metadata.platform);
  supply('version_policy', new Map([['latest', new Map([['num_versions', 1]])]]));
  supply(
    'input',
    metadata.inputs.map((input) => tensorMessage(input, batched)),
  );
  supply(
    'output',
    metadata.outputs.map((output) => tensorMessage(output, batched)),
  );
  supply('default_model_filename', onnx ? 'model.onnx' : (discovered.path.split(/[\\/]/).at(-1) ?? ''));
  filled.set('optimization', optimization(filled.get('optimization') as TritonMessage | undefined));
  filled.set('instance_group', instances(discovered.name, filled.get('instance_group') as readonly TritonMessage[]));
  return toJson(filled, 'ModelConfig');
}

function optimization(said: TritonMessage | undefined): TritonMessage {
  const enabled = new Map<string, TritonValue>([['enable', true]]);
  return new Map([['input_pinned_memory', enabled], ['output_pinned_memory', enabled], ...(said ?? [])]);
}

/** Triton names groups by their place and counts at least one instance; here they are all on the processor. */
function instances(name: string, groups: readonly TritonMessage[] | undefined): readonly TritonMessage[] {
  const said = groups === undefined || groups.length === 0 ? [new Map<string, TritonValue>()] : groups;
  return said.map((group, index) => {
    const defaults: [string, TritonValue][] = [
      ['name', `${name}_${index}`],
      ['kind', 'KIND_CPU'],
      ['count', 1],
    ];
    return new Map([...defaults, ...group]);
  });
}

function tensorMessage(spec: TensorSpec, batched: boolean): TritonMessage {
  const type = spec.datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${spec.datatype}`;
  return new Map<string, TritonValue>([
    ['name', spec.name],
    ['data_type', type],
    ['dims', batched ? spec.shape.slice(1) : [...spec.shape]],
  ]);
}

function toJson(message: TritonMessage, name: string): ConfigJson {
  const entries: [string, ConfigJson][] = [];
  for (const field of fieldsOf(name).values()) {
    const value = message.get(field.name);
    if (value !== undefined) entries.push([field.name, fieldJson(value, field)]);
    else if (field.printed) entries.push([field.name, defaultOf(field)]);
  }
  return fromEntries(entries);
}

function fieldJson(value: TritonValue, field: SchemaField): ConfigJson {
  if (field.shape === 'repeated') return (value as readonly TritonValue[]).map((item) => itemJson(item, field));
  if (field.shape === 'map') {
    return fromEntries([...(value as TritonMessage)].map(([key, item]) => [key, itemJson(item, field)]));
  }
  return itemJson(value, field);
}

function itemJson(value: TritonValue, field: SchemaField): ConfigJson {
  if (value instanceof Map) return toJson(value, field.type);
  // Only times in microseconds are declared with 64 bits.
  return typeof value === 'bigint' ? Number(value) : (value as ConfigJson);
}

function defaultOf(field: SchemaField): ConfigJson {
  if (field.shape === 'repeated') return [];
  if (field.shape === 'map') return {};
  if (field.type === 'enum') return field.words?.[0] ?? '';
  if (field.type === 'string') return '';
  return field.type === 'bool' ? false : 0;
}

/** Own properties only, whatever a map's keys are called. */
function fromEntries(entries: readonly [string, ConfigJson][]): ConfigJson {
  return Object.fromEntries(entries);
}

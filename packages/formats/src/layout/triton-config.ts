import { type Datatype, LoadError } from '@berth/inference';
import { parseTextFormat } from './pbtxt.ts';
import { type TritonMessage, type TritonValue, typeMessage } from './triton-message.ts';

/** The name of Triton's file. */
export const TRITON_CONFIG_FILE = 'config.pbtxt';

/** A tensor as `config.pbtxt` declares it: without the batch dimension where `maxBatchSize` is above 0. */
export interface TritonTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly dims: readonly number[];
  /** `reshape.shape`: the shape the model itself takes, where it differs from what clients send. */
  readonly reshape?: readonly number[];
  /** `label_filename`, relative to the model's folder (outputs). */
  readonly labelFilename?: string;
  readonly optional?: boolean;
}

/** Which version folders are served: model_config.proto's `ModelVersionPolicy`. */
export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly number[] };

/** An input that tells the model where in its sequence a request stands. */
export interface TritonControl {
  readonly name: string;
  readonly kind: 'START' | 'READY' | 'END' | 'CORRID';
  readonly datatype: Datatype;
  /** What stands for no and for yes; empty for CORRID. */
  readonly falseTrue: readonly number[];
}

/** What a `config.pbtxt` says, as far as it is acted on. */
export interface TritonConfig {
  readonly name?: string;
  readonly platform?: string;
  readonly backend?: string;
  readonly maxBatchSize?: number;
  readonly versionPolicy?: VersionPolicy;
  readonly defaultModelFilename?: string;
  readonly inputs: readonly TritonTensor[];
  readonly outputs: readonly TritonTensor[];
  /** Inputs that `sequence_batching` has the server fill. */
  readonly controls: readonly TritonControl[];
  /** Fields that stand in the file and that nothing acts on. */
  readonly ignored: readonly string[];
  /** The whole file, for the configuration route. */
  readonly message: TritonMessage;
}

/** Fields that change nothing on a server that has one kind of device, or that later work acts on. */
const NOT_ACTED_ON = [
  'runtime',
  'batch_input',
  'batch_output',
  'optimization',
  'dynamic_batching',
  'sequence_batching',
  'instance_group',
  'cc_model_filenames',
  'metric_tags',
  'model_warmup',
  'model_operations',
  'model_repository_agents',
  'response_cache',
  'model_metrics',
];

/**
 * Reads a `config.pbtxt`.
 * @throws LoadError ModelLayout with the line; UnsupportedModel for a backend, an ensemble or a policy that is not served.
 */
export function readTritonConfig(source: string): TritonConfig {
  const message = typeMessage(parseTextFormat(source, TRITON_CONFIG_FILE), 'ModelConfig', TRITON_CONFIG_FILE);
  refuseOthers(message);
  const text = (field: string): string | undefined => (message.get(field) as string | undefined) || undefined;
  const name = text('name');
  const platform = text('platform');
  const backend = text('backend');
  const defaultModelFilename = text('default_model_filename');
  const maxBatchSize = message.get('max_batch_size') as number | undefined;
  if (maxBatchSize !== undefined && maxBatchSize < 0) {
    throw new LoadError('ModelLayout', `${TRITON_CONFIG_FILE}: max_batch_size must be 0 or more`);
  }
  const versionPolicy = policyOf(message.get('version_policy') as TritonMessage | undefined);
  return {
    ...(name === undefined ? {} : { name }),
    ...(platform === undefined ? {} : { platform }),
    ...(backend === undefined ? {} : { backend }),
    ...(defaultModelFilename === undefined ? {} : { defaultModelFilename: plainFileName(defaultModelFilename) }),
    ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
    ...(versionPolicy === undefined ? {} : { versionPolicy }),
    inputs: messages(message, 'input').map((input) => tensorOf(input, 'input')),
    outputs: messages(message, 'output').map((output) => tensorOf(output, 'output')),
    controls: controlsOf(message.get('sequence_batching') as TritonMessage | undefined),
    ignored: NOT_ACTED_ON.filter((field) => message.has(field)),
    message,
  };
}

const SERVED_PLATFORMS: ReadonlySet<string> = new Set(['onnxruntime_onnx', '']);
const SERVED_BACKENDS: ReadonlySet<string> = new Set(['onnxruntime', '']);

function refuseOthers(message: TritonMessage): void {
  const platform = (message.get('platform') as string) ?? '';
  const backend = (message.get('backend') as string) ?? '';
  if (message.has('ensemble_scheduling') || platform === 'ensemble') {
    throw new LoadError('UnsupportedModel', 'an ensemble of models is not served yet; serve its steps one by one');
  }
  if (!SERVED_BACKENDS.has(backend)) {
    throw new LoadError('UnsupportedModel', `the backend "${backend}" is not served; of Triton's, onnxruntime is`);
  }
  if (!SERVED_PLATFORMS.has(platform)) {
    throw new LoadError(
      'UnsupportedModel',
      `the platform "${platform}" is not served; of Triton's, onnxruntime_onnx is`,
    );
  }
  const transaction = message.get('model_transaction_policy') as TritonMessage | undefined;
  if (transaction?.get('decoupled') === true) {
    throw new LoadError('UnsupportedModel', 'a decoupled model (model_transaction_policy) is not served');
  }
}

function policyOf(message: TritonMessage | undefined): VersionPolicy | undefined {
  if (message === undefined) return undefined;
  if (message.has('all')) return { kind: 'all' };
  const specific = message.get('specific') as TritonMessage | undefined;
  if (specific !== undefined) return { kind: 'specific', versions: numbers(specific.get('versions')) };
  const latest = message.get('latest') as TritonMessage | undefined;
  return { kind: 'latest', count: Math.max(1, Number(latest?.get('num_versions') ?? 1)) };
}

function tensorOf(message: TritonMessage, role: string): TritonTensor {
  const name = (message.get('name') as string | undefined) ?? '';
  if (name === '') throw new LoadError('ModelLayout', `${TRITON_CONFIG_FILE}: an ${role} has no name`);
  const type = (message.get('data_type') as string | undefined) ?? 'TYPE_INVALID';
  const datatype = type === 'TYPE_STRING' ? 'BYTES' : type.slice('TYPE_'.length);
  if (type === 'TYPE_INVALID') {
    throw new LoadError('ModelLayout', `${TRITON_CONFIG_FILE}: ${role} "${name}" has no data_type`);
  }
  const dims = numbers(message.get('dims'));
  if (dims.some((dim) => dim < -1)) {
    throw new LoadError('ModelLayout', `${TRITON_CONFIG_FILE}: ${role} "${name}" has a dimension below -1`);
  }
  const reshape = message.get('reshape') as TritonMessage | undefined;
  const labels = message.get('label_filename') as string | undefined;
  return {
    name,
    datatype: datatype as Datatype,
    dims,
    ...(reshape === undefined ? {} : { reshape: numbers(reshape.get('shape')) }),
    ...(labels === undefined || labels === '' ? {} : { labelFilename: labels }),
    ...(message.get('optional') === true ? { optional: true } : {}),
  };
}

function controlsOf(sequence: TritonMessage | undefined): TritonControl[] {
  if (sequence === undefined) return [];
  return messages(sequence, 'control_input').flatMap((input) =>
    messages(input, 'control').map((control) => {
      const kind = String(control.get('kind') ?? 'CONTROL_SEQUENCE_START').slice('CONTROL_SEQUENCE_'.length);
      const type = String(control.get('data_type') ?? 'TYPE_INT32').slice('TYPE_'.length);
      const fp32 = numbers(control.get('fp32_false_true'));
      const bool = (control.get('bool_false_true') as readonly boolean[] | undefined) ?? [];
      const int32 = numbers(control.get('int32_false_true'));
      const datatype = kind === 'CORRID' ? type : fp32.length > 0 ? 'FP32' : bool.length > 0 ? 'BOOL' : 'INT32';
      return {
        name: String(input.get('name') ?? ''),
        kind: kind as TritonControl['kind'],
        datatype: (datatype === 'STRING' ? 'BYTES' : datatype) as Datatype,
        falseTrue: fp32.length > 0 ? fp32 : bool.length > 0 ? bool.map(Number) : int32,
      };
    }),
  );
}

function messages(message: TritonMessage, field: string): readonly TritonMessage[] {
  return (message.get(field) as readonly TritonMessage[] | undefined) ?? [];
}

function numbers(value: TritonValue | undefined): number[] {
  return ((value as readonly (number | bigint)[] | undefined) ?? []).map(Number);
}

function plainFileName(name: string): string {
  if (/[\\/\0]/.test(name) || name === '.' || name === '..') {
    throw new LoadError('UnsafeModel', `${TRITON_CONFIG_FILE}: default_model_filename must be a plain file name`);
  }
  return name;
}

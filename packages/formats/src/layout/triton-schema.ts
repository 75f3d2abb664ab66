/**
 * Triton's ModelConfig (model_config.proto of triton-inference-server/common), a message a line of fields in the order of
 * declaration, which is the order of its JSON. A type is a scalar, `enum` and its words with the default first, or a
 * message's name; `*` marks a repeated field, `map` a map from text, `?` a member of a oneof (no default is printed).
 */
const MESSAGES: ReadonlyMap<string, string> = new Map([
  [
    'ModelConfig',
    'name string, platform string, backend string, runtime string, version_policy ModelVersionPolicy, max_batch_size int32, ' +
      'input ModelInput*, output ModelOutput*, batch_input BatchInput*, batch_output BatchOutput*, ' +
      'optimization ModelOptimizationPolicy, dynamic_batching ModelDynamicBatching, ' +
      'sequence_batching ModelSequenceBatching, ensemble_scheduling ModelEnsembling, instance_group ModelInstanceGroup*, ' +
      'default_model_filename string, cc_model_filenames map string, metric_tags map string, ' +
      'parameters map ModelParameter, model_warmup ModelWarmup*, model_operations ModelOperations, ' +
      'model_transaction_policy ModelTransactionPolicy, model_repository_agents ModelRepositoryAgents, ' +
      'response_cache ModelResponseCache, model_metrics ModelMetrics',
  ],
  [
    'ModelInput',
    'name string, data_type DataType, format enum FORMAT_NONE FORMAT_NHWC FORMAT_NCHW, dims int64*, ' +
      'reshape ModelTensorReshape, is_shape_tensor bool, allow_ragged_batch bool, optional bool, is_non_linear_format_io bool',
  ],
  [
    'ModelOutput',
    'name string, data_type DataType, dims int64*, reshape ModelTensorReshape, label_filename string, ' +
      'is_shape_tensor bool, is_non_linear_format_io bool',
  ],
  ['ModelTensorReshape', 'shape int64*'],
  [
    'BatchInput',
    'kind enum BATCH_ELEMENT_COUNT BATCH_ACCUMULATED_ELEMENT_COUNT BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO ' +
      'BATCH_MAX_ELEMENT_COUNT_AS_SHAPE BATCH_ITEM_SHAPE BATCH_ITEM_SHAPE_FLATTEN, target_name string*, ' +
      'data_type DataType, source_input string*',
  ],
  ['BatchOutput', 'target_name string*, kind enum BATCH_SCATTER_WITH_INPUT_SHAPE, source_input string*'],
  ['ModelVersionPolicy', 'latest Latest, all All, specific Specific'],
  ['Latest', 'num_versions uint32'],
  ['All', ''],
  ['Specific', 'versions int64*'],
  [
    'ModelOptimizationPolicy',
    'graph Graph, priority enum PRIORITY_DEFAULT PRIORITY_MAX PRIORITY_MIN, cuda Cuda, ' +
      'execution_accelerators ExecutionAccelerators, input_pinned_memory Enable, output_pinned_memory Enable, ' +
      'gather_kernel_buffer_threshold uint32, eager_batching bool',
  ],
  ['Graph', 'level int32'],
  ['Enable', 'enable bool'],
  ['Cuda', 'graphs bool, busy_wait_events bool, graph_spec GraphSpec*, output_copy_stream bool'],
  ['GraphSpec', 'batch_size int32, input map Shape, graph_lower_bound LowerBound'],
  ['LowerBound', 'batch_size int32, input map Shape'],
  ['Shape', 'dim int64*'],
  ['ExecutionAccelerators', 'gpu_execution_accelerator Accelerator*, cpu_execution_accelerator Accelerator*'],
  ['Accelerator', 'name string, parameters map string'],
  [
    'ModelDynamicBatching',
    'preferred_batch_size int32*, max_queue_delay_microseconds uint64, preserve_ordering bool, priority_levels uint64, ' +
      'default_priority_level uint64, default_queue_policy ModelQueuePolicy, priority_queue_policy map ModelQueuePolicy',
  ],
  [
    'ModelQueuePolicy',
    'timeout_action enum REJECT DELAY, default_timeout_microseconds uint64, allow_timeout_override bool, max_queue_size uint32',
  ],
  [
    'ModelSequenceBatching',
    'direct StrategyDirect, oldest StrategyOldest, max_sequence_idle_microseconds uint64, control_input ControlInput*, ' +
      'state State*, iterative_sequence bool',
  ],
  ['StrategyDirect', 'max_queue_delay_microseconds uint64, minimum_slot_utilization float'],
  [
    'StrategyOldest',
    'max_candidate_sequences int32, preferred_batch_size int32*, max_queue_delay_microseconds uint64, preserve_ordering bool',
  ],
  ['ControlInput', 'name string, control Control*'],
  [
    'Control',
    'kind enum CONTROL_SEQUENCE_START CONTROL_SEQUENCE_READY CONTROL_SEQUENCE_END CONTROL_SEQUENCE_CORRID, ' +
      'int32_false_true int32*, fp32_false_true float*, bool_false_true bool*, data_type DataType',
  ],
  [
    'State',
    'input_name string, output_name string, data_type DataType, dims int64*, initial_state InitialState*, ' +
      'use_same_buffer_for_input_output bool, use_growable_memory bool',
  ],
  ['InitialState', 'data_type DataType, dims int64*, zero_data ?bool, data_file ?string, name string'],
  ['ModelEnsembling', 'step Step*, max_inflight_requests uint32'],
  [
    'Step',
    'model_name string, model_version int64, input_map map string, output_map map string, model_namespace string',
  ],
  [
    'ModelInstanceGroup',
    'name string, kind enum KIND_AUTO KIND_GPU KIND_CPU KIND_MODEL, count int32, rate_limiter ModelRateLimiter, ' +
      'gpus int32*, secondary_devices SecondaryDevice*, profile string*, passive bool, host_policy string',
  ],
  ['ModelRateLimiter', 'resources Resource*, priority uint32'],
  ['Resource', 'name string, global bool, count uint32'],
  ['SecondaryDevice', 'kind enum KIND_NVDLA, device_id int64'],
  ['ModelParameter', 'string_value string'],
  ['ModelWarmup', 'name string, batch_size uint32, inputs map WarmupInput, count uint32'],
  ['WarmupInput', 'data_type DataType, dims int64*, zero_data ?bool, random_data ?bool, input_data_file ?string'],
  ['ModelOperations', 'op_library_filename string*'],
  ['ModelTransactionPolicy', 'decoupled bool'],
  ['ModelRepositoryAgents', 'agents Agent*'],
  ['Agent', 'name string, parameters map string'],
  ['ModelResponseCache', 'enable bool'],
  ['ModelMetrics', 'metric_control MetricControl*'],
  ['MetricControl', 'metric_identifier MetricIdentifier, histogram_options HistogramOptions'],
  ['MetricIdentifier', 'family string'],
  ['HistogramOptions', 'buckets double*'],
]);

const DATA_TYPES =
  'TYPE_INVALID TYPE_BOOL TYPE_UINT8 TYPE_UINT16 TYPE_UINT32 TYPE_UINT64 TYPE_INT8 TYPE_INT16 TYPE_INT32 TYPE_INT64 ' +
  'TYPE_FP16 TYPE_FP32 TYPE_FP64 TYPE_STRING TYPE_BF16';

/** One field of a message. */
export interface SchemaField {
  readonly name: string;
  /** A scalar's name, `enum`, or a message's name. */
  readonly type: string;
  /** The words of an enum, in the order of their numbers. */
  readonly words?: readonly string[];
  readonly shape: 'single' | 'repeated' | 'map';
  /** Whether JSON prints its default. */
  readonly printed: boolean;
}

const SCALARS: ReadonlySet<string> = new Set([
  'string',
  'bool',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float',
  'double',
]);
const parsed = new Map<string, ReadonlyMap<string, SchemaField>>();

/** The fields of a message of ModelConfig, by name, in JSON's order. */
export function fieldsOf(message: string): ReadonlyMap<string, SchemaField> {
  const known = parsed.get(message);
  if (known !== undefined) return known;
  const line = MESSAGES.get(message) ?? '';
  const fields = line === '' ? [] : line.split(', ').map(parseField);
  const byName = new Map(fields.map((field) => [field.name, field]));
  parsed.set(message, byName);
  return byName;
}

function parseField(text: string): SchemaField {
  const [name, first, ...rest] = text.split(' ');
  if (first === 'enum') return { name, type: 'enum', words: rest, shape: 'single', printed: true };
  if (first === 'map') return { name, type: rest[0], shape: 'map', printed: true };
  const oneof = first.startsWith('?');
  const repeated = first.endsWith('*');
  const type = first.replace(/[?*]/g, '');
  if (type === 'DataType') {
    return { name, type: 'enum', words: DATA_TYPES.split(' '), shape: repeated ? 'repeated' : 'single', printed: true };
  }
  const printed = !oneof && (repeated || SCALARS.has(type));
  return { name, type, shape: repeated ? 'repeated' : 'single', printed };
}

import type { Datatype, TensorSpec } from '@berth/inference';
import { fromJsonString } from '@bufbuild/protobuf';
import { ModelConfigRequestSchema, ModelConfigResponseSchema } from '../../../../gen/inference_pb.ts';
import {
  DataType,
  type ModelConfig,
  ModelConfigSchema,
  ModelInstanceGroup_Kind,
} from '../../../../gen/model_config_pb.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
import { generatedMethod } from './generated-method.ts';
import { modelTarget } from './model.ts';

/** Triton's `TYPE_*` by datatype. */
const DATA_TYPES: ReadonlyMap<Datatype, DataType> = new Map([
  ['BOOL', DataType.TYPE_BOOL],
  ['UINT8', DataType.TYPE_UINT8],
  ['UINT16', DataType.TYPE_UINT16],
  ['UINT32', DataType.TYPE_UINT32],
  ['UINT64', DataType.TYPE_UINT64],
  ['INT8', DataType.TYPE_INT8],
  ['INT16', DataType.TYPE_INT16],
  ['INT32', DataType.TYPE_INT32],
  ['INT64', DataType.TYPE_INT64],
  ['FP16', DataType.TYPE_FP16],
  ['BF16', DataType.TYPE_BF16],
  ['FP32', DataType.TYPE_FP32],
  ['FP64', DataType.TYPE_FP64],
  ['BYTES', DataType.TYPE_STRING],
]);

/** `ModelConfig`: the model's own (Triton layout), else what its metadata says in the same terms. */
export function modelConfig(context: GrpcContext) {
  return generatedMethod(ModelConfigRequestSchema, ModelConfigResponseSchema, (request, call) => {
    const service = serviceOf(context, call.headers);
    const { version } = modelTarget(service, request.name, request.version);
    const { served, model } = service.repository.resolve(request.name, version);
    if (model.config !== undefined) return { config: fromConfigJson(model.config) };
    return {
      config: {
        name: served.name,
        platform: model.metadata.platform,
        versionPolicy: { policyChoice: { case: 'latest' as const, value: { numVersions: 1 } } },
        input: model.metadata.inputs.map(tensorConfig),
        output: model.metadata.outputs.map(tensorConfig),
        instanceGroup: [{ name: `${served.name}_0`, count: 1, kind: ModelInstanceGroup_Kind.CPU }],
      },
    };
  });
}

/** The message of a configuration in JSON; settings that the message does not describe are left out. */
function fromConfigJson(config: unknown): ModelConfig {
  const text = JSON.stringify(config, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  return fromJsonString(ModelConfigSchema, text, { ignoreUnknownFields: true });
}

function tensorConfig(spec: TensorSpec) {
  return {
    name: spec.name,
    dataType: DATA_TYPES.get(spec.datatype) ?? DataType.TYPE_INVALID,
    dims: spec.shape.map(BigInt),
  };
}

import type { TensorSpec } from '@berth/inference';
import {
  ModelMetadataRequestSchema,
  ModelMetadataResponseSchema,
  ModelReadyRequestSchema,
  ModelReadyResponseSchema,
} from '../../../../gen/inference_pb.ts';
import { ModelMetadataResponseSchema as MlserverMetadataSchema } from '../../../../gen/mlserver_metadata_pb.ts';
import type { ServedModel, Service } from '../../../dataplane/types.ts';
import { whenAwake } from '../../../repository/when-awake.ts';
import { factsOf, presentedOutputs } from '../../v2/metadata.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
import { versionOf } from '../encode.ts';
import { isNotFound } from '../errors.ts';
import { type GrpcHabits, habitsOf } from '../flavours.ts';
import { requestedVersion } from '../infer.ts';
import type { UnaryMethod } from '../transport/method.ts';
import { generatedMethod, readMessage, writeMessage } from './generated-method.ts';

/** The service, the habits and the version that a call about a model is for. */
export function modelTarget(service: Service, name: string, version: string) {
  const served = service.repository.find(name);
  const habits = habitsOf(served?.flavour ?? service.flavour);
  return { habits, version: requestedVersion(version, served, habits) };
}

/**
 * `ModelReady`: whether the model answers now. Unknown models are NOT_FOUND, or not ready where the flavour says so.
 */
export function modelReady(context: GrpcContext) {
  return generatedMethod(ModelReadyRequestSchema, ModelReadyResponseSchema, (request, call) => {
    const { repository, ...service } = serviceOf(context, call.headers);
    const { habits, version } = modelTarget({ ...service, repository }, request.name, request.version);
    if (repository.isAsleep?.(request.name) === true) return { ready: true };
    try {
      repository.resolve(request.name, version);
      return { ready: true };
    } catch (error) {
      if (isNotFound(error) && !habits.unknownIsNotReady) throw error;
      return { ready: false };
    }
  });
}

/**
 * `ModelMetadata`: names, versions that are READY, inputs and outputs. What the protocol has no field for goes as
 * `properties`, or as `parameters` where the flavour's stubs have these in the same field.
 */
export function modelMetadata(context: GrpcContext): UnaryMethod {
  return {
    kind: 'unary',
    handle(call, bytes) {
      const request = readMessage(ModelMetadataRequestSchema, bytes);
      const service = serviceOf(context, call.headers);
      const { habits, version } = modelTarget(service, request.name, request.version);
      return whenAwake(service.repository, request.name, () => {
        const { served, model } = service.repository.resolve(request.name, version);
        const facts = factsOf(model.metadata);
        const message = {
          name: served.name,
          versions: readyVersions(served, habits),
          platform: model.metadata.declaredPlatform ?? model.metadata.platform,
          inputs: model.metadata.inputs.map(tensorMetadata),
          outputs: presentedOutputs(model.metadata, habits.rest).map(tensorMetadata),
        };
        if (habits.rest.factsField === 'properties') {
          return writeMessage(ModelMetadataResponseSchema, { ...message, properties: facts });
        }
        return writeMessage(MlserverMetadataSchema, { ...message, parameters: textParameters(facts) });
      });
    },
  };
}

function textParameters(facts: Record<string, string>) {
  const entries = Object.entries(facts).map(
    ([name, value]) => [name, { parameterChoice: { case: 'stringParam' as const, value } }] as const,
  );
  return Object.fromEntries(entries);
}

function readyVersions(served: ServedModel, habits: GrpcHabits): string[] {
  return served.versions
    .filter((each) => each.state === 'READY')
    .map((each) => versionOf(each.version, habits))
    .filter((version) => version !== '');
}

function tensorMetadata(spec: TensorSpec) {
  return { name: spec.name, datatype: spec.datatype, shape: spec.shape.map(BigInt) };
}

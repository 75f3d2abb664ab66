import { ModelStatisticsRequestSchema, ModelStatisticsResponseSchema } from '../../../../gen/inference_pb.ts';
import type { ModelStatistics } from '../../../dataplane/types.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
import { versionOf } from '../encode.ts';
import { grpcError, isNotFound } from '../errors.ts';
import { habitsOf } from '../flavours.ts';
import { GrpcError, StatusCode } from '../transport/status.ts';
import { generatedMethod } from './generated-method.ts';
import { modelTarget } from './model.ts';

/** `ModelStatistics`: of one model version, of all versions of a model, or of everything; summed over all workers. */
export function modelStatistics(context: GrpcContext) {
  return generatedMethod(ModelStatisticsRequestSchema, ModelStatisticsResponseSchema, async (request, call) => {
    const service = serviceOf(context, call.headers);
    const { habits, version } = modelTarget(service, request.name, request.version);
    const name = request.name === '' ? undefined : request.name;
    if (name !== undefined) {
      try {
        service.repository.resolve(name, version);
      } catch (error) {
        if (!isNotFound(error) || habits.rest.unknownStatisticsStatus === 404) throw error;
        throw new GrpcError(
          StatusCode.INVALID_ARGUMENT,
          `requested model '${name}' is not available. ${grpcError(error).message}`,
        );
      }
    }
    const list = await context.coordination.statistics(service, name, version);
    return {
      modelStats: list.map((each) => ({
        name: each.name,
        version: versionOf(each.version, habitsOf(service.repository.find(each.name)?.flavour ?? service.flavour)),
        ...counters(each.statistics),
      })),
    };
  });
}

function counters(statistics: ModelStatistics) {
  return {
    lastInference: BigInt(statistics.lastInferenceMs),
    inferenceCount: BigInt(statistics.inferenceCount),
    executionCount: BigInt(statistics.executionCount),
    inferenceStats: {
      success: duration(statistics.success),
      fail: duration(statistics.fail),
      queue: duration(statistics.queue),
      computeInput: duration(statistics.computeInput),
      computeInfer: duration(statistics.computeInfer),
      computeOutput: duration(statistics.computeOutput),
      cacheHit: {},
      cacheMiss: {},
    },
  };
}

function duration(counter: { count: number; ns: number }) {
  return { count: BigInt(counter.count), ns: BigInt(Math.round(counter.ns)) };
}

import type { GrpcContext } from './context.ts';
import { modelInfer } from './infer.ts';
import { modelStreamInfer } from './infer-stream.ts';
import type { Method, Requests, StreamMethod, UnaryMethod } from './transport/method.ts';

const INFERENCE = 'inference.GRPCInferenceService';
const REPOSITORY = 'inference.model_repository.ModelRepositoryService';
const HEALTH = 'grpc.health.v1.Health';
const REFLECTION = 'grpc.reflection.v1.ServerReflection';
const REFLECTION_ALPHA = 'grpc.reflection.v1alpha.ServerReflection';

/** Full names of the gRPC services offered. */
export const GRPC_SERVICES: readonly string[] = [INFERENCE, REPOSITORY, HEALTH, REFLECTION, REFLECTION_ALPHA];

/**
 * Every method by its path. Inference is there at once; the rest comes with the generated messages (40 to 80 ms of
 * start-up) and is imported at its first call.
 */
export function grpcMethods(context: GrpcContext): ReadonlyMap<string, Method> {
  const server = () => import('./methods/server.ts');
  const model = () => import('./methods/model.ts');
  const repository = () => import('./methods/repository.ts');
  const settings = () => import('./methods/settings.ts');
  const health = () => import('./methods/health.ts');
  const reflection = () => import('./methods/reflection.ts');
  const names = () => GRPC_SERVICES;
  const refused = lazyUnary(async () => (await settings()).sharedMemoryRefused);
  return new Map<string, Method>([
    [`/${INFERENCE}/ModelInfer`, modelInfer(context)],
    [`/${INFERENCE}/ModelStreamInfer`, modelStreamInfer(context)],
    [`/${INFERENCE}/ServerLive`, lazyUnary(async () => (await server()).serverLive())],
    [`/${INFERENCE}/ServerReady`, lazyUnary(async () => (await server()).serverReady(context))],
    [`/${INFERENCE}/ServerMetadata`, lazyUnary(async () => (await server()).serverMetadata(context))],
    [`/${INFERENCE}/ModelReady`, lazyUnary(async () => (await model()).modelReady(context))],
    [`/${INFERENCE}/ModelMetadata`, lazyUnary(async () => (await model()).modelMetadata(context))],
    [`/${INFERENCE}/ModelConfig`, lazyUnary(async () => (await import('./methods/config.ts')).modelConfig(context))],
    [
      `/${INFERENCE}/ModelStatistics`,
      lazyUnary(async () => (await import('./methods/statistics.ts')).modelStatistics(context)),
    ],
    [`/${INFERENCE}/RepositoryIndex`, lazyUnary(async () => (await repository()).repositoryIndex(context))],
    [`/${INFERENCE}/RepositoryModelLoad`, lazyUnary(async () => (await repository()).repositoryModelLoad(context))],
    [`/${INFERENCE}/RepositoryModelUnload`, lazyUnary(async () => (await repository()).repositoryModelUnload(context))],
    [`/${INFERENCE}/TraceSetting`, lazyUnary(async () => (await settings()).traceSetting())],
    [`/${INFERENCE}/LogSettings`, lazyUnary(async () => (await settings()).logSettings())],
    [`/${INFERENCE}/SystemSharedMemoryStatus`, lazyUnary(async () => (await settings()).systemSharedMemoryStatus())],
    [`/${INFERENCE}/CudaSharedMemoryStatus`, lazyUnary(async () => (await settings()).cudaSharedMemoryStatus())],
    [`/${INFERENCE}/SystemSharedMemoryRegister`, refused],
    [`/${INFERENCE}/SystemSharedMemoryUnregister`, refused],
    [`/${INFERENCE}/CudaSharedMemoryRegister`, refused],
    [`/${INFERENCE}/CudaSharedMemoryUnregister`, refused],
    [`/${REPOSITORY}/RepositoryIndex`, lazyUnary(async () => (await repository()).mlserverIndex(context))],
    [`/${REPOSITORY}/RepositoryModelLoad`, lazyUnary(async () => (await repository()).mlserverLoad(context))],
    [`/${REPOSITORY}/RepositoryModelUnload`, lazyUnary(async () => (await repository()).mlserverUnload(context))],
    [`/${HEALTH}/Check`, lazyUnary(async () => (await health()).healthCheck(context, names))],
    [`/${HEALTH}/List`, lazyUnary(async () => (await health()).healthList(context, names))],
    [`/${HEALTH}/Watch`, lazyStream(async () => (await health()).healthWatch(context, names))],
    [`/${REFLECTION}/ServerReflectionInfo`, lazyStream(async () => (await reflection()).serverReflection('v1'))],
    [
      `/${REFLECTION_ALPHA}/ServerReflectionInfo`,
      lazyStream(async () => (await reflection()).serverReflection('v1alpha')),
    ],
  ]);
}

/** A method that is imported at its first call. */
function lazyUnary(load: () => Promise<UnaryMethod>): UnaryMethod {
  let method: UnaryMethod | undefined;
  return {
    kind: 'unary',
    handle(call, message) {
      if (method !== undefined) return method.handle(call, message);
      return load().then((loaded) => {
        method = loaded;
        return loaded.handle(call, message);
      });
    },
  };
}

function lazyStream(load: () => Promise<StreamMethod>): StreamMethod {
  return {
    kind: 'stream',
    open(call, replies) {
      let requests: Requests | undefined;
      let drained = false;
      const opened = load().then((method) => {
        requests = method.open(call, replies);
        if (drained) requests.drain();
        return requests;
      });
      return {
        message: async (bytes) => (await opened).message(bytes),
        end: () => {
          opened.then((ready) => ready.end()).catch((error) => replies.fail(error));
        },
        cancelled: () => requests?.cancelled(),
        drain: () => {
          drained = true;
          requests?.drain();
        },
      };
    },
  };
}

import { InferenceError } from '@berth/inference';
import {
  RepositoryIndexRequestSchema,
  RepositoryIndexResponseSchema,
  RepositoryModelLoadRequestSchema,
  RepositoryModelLoadResponseSchema,
  RepositoryModelUnloadRequestSchema,
  RepositoryModelUnloadResponseSchema,
} from '../../../../gen/inference_pb.ts';
import * as mlserver from '../../../../gen/model_repository_pb.ts';
import type { Service } from '../../../dataplane/types.ts';
import { v2Flavour } from '../../v2/flavours.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
import { versionOf } from '../encode.ts';
import { invalidArgument, isNotFound, notOffered } from '../errors.ts';
import { habitsOf } from '../flavours.ts';
import { generatedMethod } from './generated-method.ts';

/** `RepositoryIndex`: every known model version with its state, or those that are READY. */
export function repositoryIndex(context: GrpcContext) {
  return generatedMethod(RepositoryIndexRequestSchema, RepositoryIndexResponseSchema, (request, call) =>
    index(serviceOf(context, call.headers), request),
  );
}

/** `RepositoryModelLoad`, for the name in field 2 (Triton, MLServer) or alone in field 1 (KServe). */
export function repositoryModelLoad(context: GrpcContext) {
  return generatedMethod(RepositoryModelLoadRequestSchema, RepositoryModelLoadResponseSchema, async (request, call) => {
    const service = serviceOf(context, call.headers);
    const name = nameOf(request);
    refuseParameters(Object.keys(request.parameters), []);
    await load(context, service, name);
    return confirms(service, name) ? { modelName: name, isLoaded: true } : {};
  });
}

/** `RepositoryModelUnload`, see `repositoryModelLoad`. */
export function repositoryModelUnload(context: GrpcContext) {
  return generatedMethod(
    RepositoryModelUnloadRequestSchema,
    RepositoryModelUnloadResponseSchema,
    async (request, call) => {
      const service = serviceOf(context, call.headers);
      const name = nameOf(request);
      refuseParameters(Object.keys(request.parameters), ['unload_dependents']);
      await unload(context, service, name);
      return confirms(service, name) ? { modelName: name, isUnloaded: true } : {};
    },
  );
}

/** MLServer's second service with the same three methods. */
export function mlserverIndex(context: GrpcContext) {
  return generatedMethod(
    mlserver.RepositoryIndexRequestSchema,
    mlserver.RepositoryIndexResponseSchema,
    (request, call) => index(serviceOf(context, call.headers), request),
  );
}

export function mlserverLoad(context: GrpcContext) {
  return generatedMethod(
    mlserver.RepositoryModelLoadRequestSchema,
    mlserver.RepositoryModelLoadResponseSchema,
    async (request, call) => {
      await load(context, serviceOf(context, call.headers), nameOf(request));
      return {};
    },
  );
}

export function mlserverUnload(context: GrpcContext) {
  return generatedMethod(
    mlserver.RepositoryModelUnloadRequestSchema,
    mlserver.RepositoryModelUnloadResponseSchema,
    async (request, call) => {
      await unload(context, serviceOf(context, call.headers), nameOf(request));
      return {};
    },
  );
}

function index(service: Service, request: { repositoryName: string; ready: boolean }) {
  if (request.repositoryName !== '') throw repositoryName();
  const models = service.repository.list().flatMap((served) =>
    served.versions
      .filter((version) => !request.ready || version.state === 'READY')
      .map((version) => ({
        name: served.name,
        version: versionOf(version.version, habitsOf(served.flavour)),
        state: version.state,
        reason: version.reason ?? '',
      })),
  );
  return { models };
}

/** @throws GrpcError UNIMPLEMENTED for a repository name, INVALID_ARGUMENT for no name at all */
function nameOf(request: { repositoryName: string; modelName: string }): string {
  if (request.modelName === '' && request.repositoryName !== '') return request.repositoryName;
  if (request.repositoryName !== '') throw repositoryName();
  if (request.modelName === '') throw invalidArgument('model_name is empty; name the model to load or unload');
  return request.modelName;
}

function repositoryName() {
  return notOffered("'repository_name' specification is not supported");
}

/** What a load request brings along (a `config`, `file:` overrides) never reaches the repository. */
function refuseParameters(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalidArgument(
    `the parameter '${unknown.slice(0, 100)}' is not accepted: models are loaded by name from the configured repository, as they lie there`,
  );
}

async function load(context: GrpcContext, service: Service, name: string): Promise<void> {
  assertControl(context);
  await context.coordination.load(service, name);
}

async function unload(context: GrpcContext, service: Service, name: string): Promise<void> {
  assertControl(context);
  try {
    await context.coordination.unload(service, name);
  } catch (error) {
    if (!isNotFound(error) || v2Flavour(service.flavour).unknownUnloadStatus !== 200) throw error;
  }
}

function assertControl(context: GrpcContext): void {
  if (context.modelControl) return;
  throw new InferenceError(
    'FORBIDDEN',
    'loading and unloading models is off on this server; start it with --model-control to allow it',
  );
}

function confirms(service: Service, name: string): boolean {
  return v2Flavour(service.repository.find(name)?.flavour ?? service.flavour).controlBody;
}

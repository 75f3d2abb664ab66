import {
  ServerLiveRequestSchema,
  ServerLiveResponseSchema,
  ServerMetadataRequestSchema,
  ServerMetadataResponseSchema,
  ServerReadyRequestSchema,
  ServerReadyResponseSchema,
} from '../../../../gen/inference_pb.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
import { habitsOf } from '../flavours.ts';
import { generatedMethod } from './generated-method.ts';

/** `ServerLive`: this process answers, so it lives. */
export function serverLive() {
  return generatedMethod(ServerLiveRequestSchema, ServerLiveResponseSchema, () => ({ live: true }));
}

/** `ServerReady`: every model that the service was told to serve is READY, and the server does not drain. */
export function serverReady(context: GrpcContext) {
  return generatedMethod(ServerReadyRequestSchema, ServerReadyResponseSchema, async (_request, call) => ({
    ready: await context.coordination.ready(serviceOf(context, call.headers)),
  }));
}

/** `ServerMetadata`: the flavour's name and extensions, with this server's version. */
export function serverMetadata(context: GrpcContext) {
  return generatedMethod(ServerMetadataRequestSchema, ServerMetadataResponseSchema, (_request, call) => {
    const habits = habitsOf(serviceOf(context, call.headers).flavour);
    return { name: habits.serverName, version: context.serverVersion, extensions: [...habits.extensions] };
  });
}

import {
  ServerLiveRequestSchema,
  ServerLiveResponseSchema,
  ServerMetadataRequestSchema,
  ServerMetadataResponseSchema,
  ServerReadyRequestSchema,
  ServerReadyResponseSchema,
} from '../../../../gen/inference_pb.ts';
import { v2Flavour } from '../../v2/flavours.ts';
import { type GrpcContext, serviceOf } from '../context.ts';
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

/** `ServerMetadata`: the flavour's name, version and extensions, which clients look at. */
export function serverMetadata(context: GrpcContext) {
  return generatedMethod(ServerMetadataRequestSchema, ServerMetadataResponseSchema, (_request, call) => {
    const { serverName, serverVersion, extensions } = v2Flavour(serviceOf(context, call.headers).flavour);
    return { name: serverName, version: serverVersion, extensions: [...extensions] };
  });
}

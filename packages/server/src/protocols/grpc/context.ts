import type { IncomingHttpHeaders } from 'node:http2';
import type { Dataplane, Service, ServiceRouter } from '../../dataplane/types.ts';
import type { Coordination } from '../../http/coordination.ts';
import { GrpcError, StatusCode } from './transport/status.ts';

/** What the gRPC methods work with. */
export interface GrpcContext {
  readonly router: ServiceRouter;
  readonly dataplane: Dataplane;
  readonly coordination: Coordination;
  /** Whether models may be loaded and unloaded by name. */
  readonly modelControl: boolean;
  /** Bytes that the decoded inputs of one request may take. */
  readonly maxTensorBytes: number;
  /** The message of an error inside of an answer, as a client gets it; default the message. */
  readonly shown?: (error: GrpcError, path: string, requestId: string | undefined) => string;
  /** An id for a request that brought none. */
  readonly makeId: () => string;
}

/** Metadata that picks a service where the host name can not: `{namespace}/{name}`. */
export const SERVICE_HEADER = 'berth-service';

/**
 * The service that a call is for: by `berth-service`, else by `:authority`.
 * @throws GrpcError NOT_FOUND
 */
export function serviceOf(context: GrpcContext, headers: IncomingHttpHeaders): Service {
  const named = headers[SERVICE_HEADER];
  if (typeof named === 'string') {
    const slash = named.indexOf('/');
    const service = context.router.byPath(named.slice(0, Math.max(0, slash)), named.slice(slash + 1));
    if (service !== undefined) return service;
    throw new GrpcError(StatusCode.NOT_FOUND, `no service "${named.slice(0, 200)}"; ${offer(context)}`);
  }
  const service = context.router.byHost(headers[':authority'] ?? headers.host);
  if (service !== undefined) return service;
  const authority = String(headers[':authority'] ?? '').slice(0, 200);
  throw new GrpcError(
    StatusCode.NOT_FOUND,
    `no service has the host "${authority}"; set :authority to a service's host, or the metadata ${SERVICE_HEADER}; ${offer(context)}`,
  );
}

function offer(context: GrpcContext): string {
  const names = context.router.services.slice(0, 10).map((service) => `${service.namespace}/${service.name}`);
  return `this server has: ${names.join(', ')}`;
}

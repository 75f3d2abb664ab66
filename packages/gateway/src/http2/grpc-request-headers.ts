import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { ServiceRoute } from '../routes/service-route.ts';
import { grpcTimeoutMs } from './grpc-status.ts';

/** What the gateway says of a call. */
export interface GrpcHeadOptions {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly authority: string;
  readonly requestId: string;
  readonly route: ServiceRoute;
  readonly peer: string;
  readonly isSecure: boolean;
  readonly isKeyConsumed: boolean;
  /** Milliseconds of its time that are spent. */
  readonly waitedMs: number;
}

/** The headers of a call as they go to a replica: the client's, and what HTTP/1.1 requests get, too. */
export function grpcRequestHeaders(options: GrpcHeadOptions): OutgoingHttpHeaders {
  const { service } = options.route;
  const headers: OutgoingHttpHeaders = { ...options.headers };
  const before = headers['x-forwarded-for'];
  headers[':path'] = options.path;
  headers[':scheme'] = 'http';
  headers['kserve-isvc-name'] = service.name;
  headers['kserve-isvc-namespace'] = service.namespace;
  headers['x-request-id'] = options.requestId;
  headers['x-forwarded-for'] = before === undefined ? options.peer : `${String(before)}, ${options.peer}`;
  headers['x-forwarded-proto'] = options.isSecure ? 'https' : 'http';
  headers['x-forwarded-host'] = options.authority;
  delete headers.host;
  delete headers['http2-settings'];
  if (options.isKeyConsumed) delete headers.authorization;
  if (options.waitedMs >= 1) {
    const asked = grpcTimeoutMs(headers['grpc-timeout']);
    // Eight digits are what it may have; longer times were cut by the service's own.
    if (asked !== undefined && asked < 99_999_999)
      headers['grpc-timeout'] = `${Math.max(1, Math.ceil(asked - options.waitedMs))}m`;
  }
  return headers;
}

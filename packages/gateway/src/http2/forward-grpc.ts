import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { checkHead } from '../front/check-head.ts';
import type { HandlerOptions } from '../front/handler.ts';
import { requestIdOf } from '../front/request-id.ts';
import { Refusal } from '../pool/refusal.ts';
import { refuseGrpc } from './grpc-answer.ts';
import { GrpcExchange } from './grpc-exchange.ts';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Forwards a gRPC call to a replica of its service, or answers it with why not. */
export function forwardGrpc(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  options: HandlerOptions,
): void {
  stream.on('error', () => undefined);
  const requestId = requestIdOf(headers['x-request-id']);
  const admitted = admit(stream, headers, rawHeaders, options);
  if (admitted instanceof Refusal) {
    refuseGrpc(stream, admitted, requestId);
    return;
  }
  const { isSecure, activity, onHandled, onUnreachable } = options;
  new GrpcExchange({ stream, headers, requestId, ...admitted, isSecure, activity, onHandled, onUnreachable }).start();
}

function admit(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  options: HandlerOptions,
) {
  const asked = String(headers[':path'] ?? '/');
  const malformed = checkHead(asked, rawHeaders);
  if (malformed !== undefined) return malformed;
  const name = headers['kserve-isvc-name'];
  const namespace = headers['kserve-isvc-namespace'];
  const authority = String(headers[':authority'] ?? headers.host ?? '');
  const match = options.table.find({
    host: authority,
    path: asked,
    isvcName: typeof name === 'string' ? name : undefined,
    isvcNamespace: typeof namespace === 'string' ? namespace : undefined,
  });
  const peer = stream.session?.socket?.remoteAddress ?? '';
  if (match === undefined || (match.route.service.clusterLocal && !LOOPBACK.test(peer))) {
    return new Refusal(404, 'no_service', `no service answers to the authority "${authority.slice(0, 200)}"`);
  }
  const { route, path } = match;
  const { service } = route;
  const passage = options.keys.grpc(path, headers);
  if (passage instanceof Refusal) return passage;
  if (service.unavailable !== undefined) {
    return new Refusal(503, service.unavailable.reason, service.unavailable.message);
  }
  const sticky = service.stickyHeader === undefined ? undefined : headers[service.stickyHeader.toLowerCase()];
  const pool = route.pick(match.revision, typeof sticky === 'string' ? sticky : undefined);
  if (pool === undefined) {
    return new Refusal(503, 'no_traffic', `${service.name} has no revision that takes requests`);
  }
  return route.overLimit() ?? { route, pool, path, authority, peer, isKeyConsumed: passage === 'key' };
}

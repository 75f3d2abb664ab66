import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Refusal } from '../pool/refusal.ts';
import { checkHead } from './check-head.ts';
import { findRoute, type HandlerOptions, isHidden } from './handler.ts';
import { notFoundText } from './not-found.ts';
import { requestIdOf } from './request-id.ts';
import { Tunnel } from './tunnel.ts';

/** Whether a request changes protocols: a WebSocket without a body. Any other is answered as plain HTTP/1.1. */
export function isTunnel({ method, headers }: IncomingMessage): boolean {
  const hasBody = (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
  return method === 'GET' && /^websocket$/i.test(headers.upgrade ?? '') && !hasBody;
}

/** Leads a connection that changes protocols to a replica, by the rules that a request is led by. */
export function tunnelUpgrade(request: IncomingMessage, socket: Socket, head: Buffer, options: HandlerOptions): void {
  socket.on('error', () => socket.destroy());
  const requestId = requestIdOf(request.headers['x-request-id']);
  const refuse = ({ status, message, retryAfter }: Refusal) => {
    const body = JSON.stringify({ error: message });
    const retry = retryAfter === undefined ? '' : `retry-after: ${retryAfter}\r\n`;
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-request-id: ${requestId}\r\n${retry}connection: close\r\n\r\n${body}`,
    );
  };
  const admitted = admit(request, options);
  if (admitted instanceof Refusal) refuse(admitted);
  else new Tunnel({ request, socket, head, requestId, refuse, ...admitted, ...options }).start();
}

function admit(request: IncomingMessage, options: HandlerOptions) {
  const { url = '', method, headers, rawHeaders } = request;
  const malformed = checkHead(url, rawHeaders);
  if (malformed !== undefined) return malformed;
  const match = findRoute(request, options.table);
  if (match === undefined || isHidden(match, request)) {
    return new Refusal(404, 'no_service', notFoundText(request, options.table));
  }
  const passage = options.keys.http(method, url, headers.authorization);
  if (passage instanceof Refusal) return passage;
  const { route, path } = match;
  const { service } = route;
  if (service.unavailable !== undefined) {
    return new Refusal(503, service.unavailable.reason, service.unavailable.message, 1);
  }
  const sticky = service.stickyHeader === undefined ? undefined : headers[service.stickyHeader.toLowerCase()];
  const pool = route.pick(match.revision, typeof sticky === 'string' ? sticky : undefined);
  if (pool === undefined) {
    return new Refusal(503, 'no_traffic', `${service.name} has no revision that takes requests`, 1);
  }
  return route.overLimit() ?? { route, pool, path, isKeyConsumed: passage === 'key' };
}

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { requestHead, requestIdOf } from '../http1/request-head.ts';
import { openSocket } from '../pool/endpoint.ts';
import { checkHead } from './check-head.ts';
import { findRoute, type HandlerOptions, isHidden } from './handler.ts';
import { notFoundText } from './not-found.ts';

const MAX_HEAD_BYTES = 64 * 1024;
/** Time that the answer of a replica that does not change protocols has to arrive whole. */
const REFUSED_MS = 5_000;

/** Whether a request changes protocols: a WebSocket without a body. Any other is answered as plain HTTP/1.1. */
export function isTunnel({ method, headers }: IncomingMessage): boolean {
  const hasBody = (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
  return method === 'GET' && /^websocket$/i.test(headers.upgrade ?? '') && !hasBody;
}

/**
 * Passes a connection that changes protocols (WebSocket) through: the request as it came, then bytes in both
 * directions until one side ends.
 */
export function tunnelUpgrade(request: IncomingMessage, socket: Socket, head: Buffer, options: HandlerOptions): void {
  socket.on('error', () => socket.destroy());
  const refuse = (status: string, message: string) => {
    const body = JSON.stringify({ error: message });
    socket.end(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  };
  const malformed = checkHead(request);
  if (malformed !== undefined) {
    refuse(`${malformed.status} Bad Request`, malformed.message);
    return;
  }
  const match = findRoute(request, options.table);
  if (match === undefined || isHidden(match, request)) {
    refuse('404 Not Found', notFoundText(request, options.table));
    return;
  }
  const denied = options.authorize?.(request);
  if (denied !== undefined) {
    refuse(`${denied.status} Unauthorized`, denied.message);
    return;
  }
  const { route } = match;
  const { service } = route;
  const pool = service.unavailable === undefined ? route.pick(match.revision, undefined) : undefined;
  if (pool === undefined) {
    refuse('503 Service Unavailable', service.unavailable?.message ?? `${service.name} has no replica`);
    return;
  }
  const now = performance.now();
  let endpoint: ReturnType<typeof pool.take>;
  try {
    endpoint = pool.take(now);
  } catch (thrown) {
    refuse('503 Service Unavailable', (thrown as Error).message);
    return;
  }
  if (endpoint === undefined) {
    refuse('503 Service Unavailable', `no replica of ${pool.name} is free`);
    return;
  }
  const taken = endpoint;
  pool.arrive(now);
  const started = now;
  const upstream = openSocket(taken.http);
  const requestId = requestIdOf(request);
  let isOver = false;
  const over = (status: number) => {
    if (isOver) return;
    isOver = true;
    pool.finish(taken);
    pool.leave(performance.now());
    options.onHandled({
      namespace: service.namespace,
      service: service.name,
      revision: pool.name,
      method: request.method ?? '',
      path: match.path,
      requestId,
      milliseconds: performance.now() - started,
      outcome: { status, retries: 0, waitedMs: 0 },
      peer: socket.remoteAddress ?? '',
    });
  };
  upstream.on('connect', () => {
    const text = requestHead(request, {
      route,
      path: match.path,
      requestId,
      isSecure: options.isSecure,
      bodyLength: 0,
    });
    const upgrade = `Connection: Upgrade\r\nUpgrade: ${request.headers.upgrade ?? ''}\r\n\r\n`;
    upstream.write(text.replace(/\r\n\r\n$/, `\r\n${upgrade}`), 'latin1');
    socket.setTimeout(0);
    let answered = Buffer.alloc(0);
    // Until the replica agrees, what the client sends next is no part of the tunnel: it would be a request of its own.
    const onAnswer = (chunk: Buffer) => {
      answered = Buffer.concat([answered, chunk]);
      if (answered.indexOf('\r\n\r\n') < 0 && answered.length < MAX_HEAD_BYTES) return;
      upstream.off('data', onAnswer);
      socket.write(answered);
      if (!/^HTTP\/1\.1 101 /.test(answered.toString('latin1', 0, 13))) {
        upstream.on('data', (rest: Buffer) => socket.write(rest));
        upstream.on('end', () => socket.end());
        setTimeout(() => upstream.destroy(), REFUSED_MS).unref();
        return;
      }
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    };
    upstream.on('data', onAnswer);
  });
  upstream.on('error', (error: Error) => {
    options.onUnreachable(service.namespace, taken.id, error.message);
    socket.destroy();
  });
  upstream.on('close', () => {
    socket.destroy();
    over(101);
  });
  socket.on('close', () => {
    upstream.destroy();
    over(101);
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { corsHeaders, isPreflight, preflightHeaders } from '../cors/cors.ts';
import { Exchange, type Outcome } from '../http1/exchange.ts';
import type { Endpoint } from '../pool/endpoint.ts';
import { Refusal } from '../pool/refusal.ts';
import type { RouteMatch, RouteTable } from '../routes/route-table.ts';
import type { Activity } from './activity.ts';
import { answerRefusal } from './answer.ts';
import { checkHead } from './check-head.ts';
import type { KeyGate } from './key-gate.ts';
import { notFoundText } from './not-found.ts';
import { requestIdOf } from './request-id.ts';

/** A forwarded request, for logs and counters. */
export interface Handled {
  readonly namespace: string;
  readonly service: string;
  readonly revision: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly milliseconds: number;
  readonly outcome: Outcome;
  readonly peer: string;
}

export interface HandlerOptions {
  readonly table: RouteTable;
  readonly keys: KeyGate;
  readonly activity: Activity;
  readonly isSecure: boolean;
  readonly onHandled: (handled: Handled) => void;
  readonly onUnreachable: (namespace: string, endpoint: string, message: string) => void;
  /** As `ExchangeOptions` has them. */
  readonly bodyStallMs?: number | undefined;
  readonly readerStallMs?: number | undefined;
  readonly maxKeptBytes?: number | undefined;
  /** Paths of the gateway itself. */
  readonly own: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Handles one HTTP request: finds its service and revision, and forwards it. */
export function createHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const requestId = requestIdOf(request.headers['x-request-id']);
    if (options.activity.isDraining) response.shouldKeepAlive = false;
    const refuse = (refusal: Refusal, extra: readonly string[] = []) => {
      if (options.activity.isDraining) response.shouldKeepAlive = false;
      answerRefusal(request, response, refusal, requestId, extra);
    };
    const malformed = checkHead(request.url ?? '', request.rawHeaders);
    if (malformed !== undefined) return refuse(malformed);
    if (options.own(request, response)) return;
    const match = findRoute(request, options.table);
    if (match === undefined || isHidden(match, request)) {
      return refuse(new Refusal(404, 'no_service', notFoundText(request, options.table)));
    }
    const { route } = match;
    const { service } = route;
    const { headers } = request;
    const { origin } = headers;
    const cors = service.corsOrigins === undefined ? NONE : corsHeaders(service.corsOrigins, origin);
    if (service.corsOrigins !== undefined && isPreflight(request)) {
      response.writeHead(204, ['X-Request-Id', requestId, ...preflightHeaders(service.corsOrigins, request)]);
      response.end();
      return;
    }
    const passage = options.keys.http(request.method, request.url ?? '', headers.authorization);
    if (passage instanceof Refusal) return refuse(passage, cors);
    if (service.unavailable !== undefined) {
      return refuse(new Refusal(503, service.unavailable.reason, service.unavailable.message, 1), cors);
    }
    const sticky = service.stickyHeader === undefined ? undefined : headers[service.stickyHeader.toLowerCase()];
    const pool = route.pick(match.revision, typeof sticky === 'string' ? sticky : undefined);
    if (pool === undefined)
      return refuse(new Refusal(503, 'no_traffic', `${service.name} has no revision that takes requests`, 1), cors);
    const limited = route.overLimit();
    if (limited !== undefined) return refuse(limited, cors);
    route.inFlight++;
    const started = performance.now();
    new Exchange({
      request,
      response,
      route,
      pool,
      path: match.path,
      requestId,
      isSecure: options.isSecure,
      isAllowedOrigin: cors.includes('Access-Control-Allow-Origin'),
      isKeyConsumed: passage === 'key',
      activity: options.activity,
      bodyStallMs: options.bodyStallMs,
      readerStallMs: options.readerStallMs,
      maxKeptBytes: options.maxKeptBytes,
      extraHeaders: cors,
      onRefused: (refusal) => refuse(refusal, cors),
      onUnreachable: (endpoint: Endpoint, message) => options.onUnreachable(service.namespace, endpoint.id, message),
      onDone: (outcome) => {
        route.inFlight--;
        options.onHandled({
          namespace: service.namespace,
          service: service.name,
          revision: pool.name,
          method: request.method ?? '',
          path: match.path,
          requestId,
          milliseconds: performance.now() - started,
          outcome,
          peer: request.socket?.remoteAddress ?? '',
        });
      },
    }).start();
  };
}

const NONE: readonly string[] = [];

/** By path, by KServe's headers, by host. */
export function findRoute(request: IncomingMessage, table: RouteTable): RouteMatch | undefined {
  const { headers } = request;
  const name = headers['kserve-isvc-name'];
  const namespace = headers['kserve-isvc-namespace'];
  // Over HTTP/2 the authority is what counts (RFC 9113, 8.3.1).
  const host = headers[':authority'] ?? headers.host;
  return table.find({
    host: typeof host === 'string' ? host : '',
    path: request.url ?? '/',
    isvcName: typeof name === 'string' ? name : undefined,
    isvcNamespace: typeof namespace === 'string' ? namespace : undefined,
  });
}

/** A cluster-local service is there for this machine alone. */
export function isHidden(match: RouteMatch, request: IncomingMessage): boolean {
  return match.route.service.clusterLocal && !LOOPBACK.test(request.socket?.remoteAddress ?? '');
}

import { InferenceError } from '@berth/inference';
import { PROMETHEUS_CONTENT_TYPE } from '@berth/telemetry';
import { openapiDocument } from '../openapi/document.ts';
import { docsPage, PAGE_POLICY } from '../openapi/page.ts';
import { routeV1 } from '../protocols/v1/routes.ts';
import { routeV2 } from '../protocols/v2/routes.ts';
import type { Exchange } from './exchange.ts';
import type { Authorization } from './options.ts';
import { notFound } from './path.ts';

const KNOWN_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Answers a request whose service and path are known; a returned promise rejects with what has to be answered. */
export function route(exchange: Exchange): undefined | Promise<void> {
  const { method, context, request, response } = exchange;
  if (!KNOWN_METHODS.has(method)) {
    exchange.methodNotAllowed('GET, POST');
    return undefined;
  }
  if (method === 'OPTIONS' && preflight(exchange)) return undefined;
  if (context.authorize !== undefined) {
    const authorization = context.authorize(request, `/${exchange.segments.join('/')}`);
    if (!authorization.allowed) throw denied(authorization);
  }
  if (exchange.segments[0] === 'serving' && exchange.segments.length >= 3) enterService(exchange);
  const [first] = exchange.segments;
  if (first === 'v2') return routeV2(exchange);
  if (first === 'v1') return routeV1(exchange);
  if (exchange.segments.length === 1) {
    if (first === '') return alive(exchange);
    if (first === 'metrics') return metrics(exchange);
    if (first === 'openapi.json') return openapi(exchange);
    if (first === 'docs') return docs(exchange);
  }
  const path = `/${exchange.segments.join('/')}`;
  for (const extra of context.extraRoutes ?? []) {
    if (extra(request, response, path)) return undefined;
  }
  throw notFound(exchange.segments);
}

/** `/serving/{namespace}/{name}/…` is the service's own root, whatever the Host says. */
function enterService(exchange: Exchange): void {
  const [, namespace, name, ...rest] = exchange.segments;
  const service = exchange.context.router.byPath(namespace, name);
  if (service === undefined) {
    const known = exchange.context.router.services.map((each) => `/serving/${each.namespace}/${each.name}`);
    throw new InferenceError('NOT_FOUND', `there is no such service; services: ${known.slice(0, 10).join(', ')}`);
  }
  exchange.service = service;
  exchange.root = `/serving/${namespace}/${name}`;
  exchange.segments = rest.length === 0 ? [''] : rest;
}

function denied(authorization: Authorization & { allowed: false }): InferenceError {
  return new InferenceError(authorization.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN', authorization.error);
}

function alive(exchange: Exchange): undefined {
  exchange.route = '/';
  if (isRead(exchange)) exchange.json(200, '{"status":"alive"}');
  return undefined;
}

/** Whether the method reads; answers 405 otherwise. */
export function isRead(exchange: Exchange): boolean {
  if (exchange.method === 'GET' || exchange.method === 'HEAD') return true;
  exchange.methodNotAllowed('GET');
  return false;
}

async function metrics(exchange: Exchange): Promise<void> {
  exchange.route = '/metrics';
  if (!isRead(exchange)) return;
  exchange.send(200, PROMETHEUS_CONTENT_TYPE, await exchange.context.coordination.metrics());
}

function openapi(exchange: Exchange): undefined {
  exchange.route = '/openapi.json';
  if (isRead(exchange)) exchange.json(200, JSON.stringify(openapiDocument(exchange.theService)));
  return undefined;
}

function docs(exchange: Exchange): undefined {
  exchange.route = '/docs';
  if (!isRead(exchange)) return undefined;
  exchange.send(200, 'text/html; charset=utf-8', docsPage(exchange.theService, exchange.root), [
    'content-security-policy',
    PAGE_POLICY,
    'x-content-type-options',
    'nosniff',
    'referrer-policy',
    'no-referrer',
  ]);
  return undefined;
}

/** Answers a browser's preflight for inference from an allowed origin; false leaves it to the routes. */
function preflight(exchange: Exchange): boolean {
  const { request, context } = exchange;
  const { origin } = request.headers;
  const wanted = request.headers['access-control-request-method'];
  if (origin === undefined || wanted === undefined || !context.allowedOrigins?.has(origin)) return false;
  if (!isInferencePath(exchange.segments)) return false;
  exchange.route = 'preflight';
  exchange.send(204, '', '', [
    'access-control-allow-methods',
    'POST',
    'access-control-allow-headers',
    'content-type, authorization, inference-header-content-length, x-request-id, traceparent',
    'access-control-max-age',
    '600',
  ]);
  return true;
}

function isInferencePath(segments: readonly string[]): boolean {
  const last = segments[segments.length - 1];
  return (segments.includes('v1') || segments.includes('v2')) && (last === 'infer' || last.includes(':predict'));
}

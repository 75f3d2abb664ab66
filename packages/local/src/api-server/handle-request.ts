import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApiObject, StoreError } from '@berth/control';
import { discoveryAnswer } from '../discovery/discovery-answer.ts';
import { servePodLog } from '../pod-log/serve-pod-log.ts';
import { StorageFailure } from '../store/object-table.ts';
import { answerJson, shaperOf, viewOf } from './answer.ts';
import type { ApiCall, ApiContext } from './context.ts';
import { ApiFailure, fromStoreError, statusOf } from './failure.ts';
import { checkRequest, type GuardOptions } from './guard.ts';
import { noServices } from './no-services.ts';
import { readBody } from './read-body.ts';
import { isReviewPath, reviewAnswer } from './reviews.ts';
import { targetOf } from './target.ts';
import { deleteCollection, deleteObject } from './verbs/delete.ts';
import { patchObject } from './verbs/patch.ts';
import { existing, getList, getOne } from './verbs/read.ts';
import { watchCollection } from './verbs/watch.ts';
import type { WatchLimits } from './verbs/watch-limits.ts';
import { createObject, replaceObject } from './verbs/write.ts';

/** A GET route beside the resources: its JSON answer. */
export type ExtraRoute = (query: URLSearchParams) => unknown;

export interface HandlerOptions extends ApiContext {
  readonly guard: GuardOptions;
  /** By path, e.g. `/apis/berth.dev/v1/usage`. */
  readonly extraRoutes?: ReadonlyMap<string, ExtraRoute>;
  /** Version of Berth, for `kubectl version`. */
  readonly version: string;
  /** Watches that are open. */
  readonly watches: WatchLimits;
  /** Ends watches and followed logs. */
  readonly closing: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Answers one request of the API. Never rejects. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: HandlerOptions,
): Promise<void> {
  try {
    checkRequest(request, options.guard);
    const url = urlOf(request.url);
    await route(request, response, url, options);
  } catch (thrown) {
    fail(thrown, request, response, options);
  }
}

/** A step of a path that is `.` or `..`, however it is written. */
const DOTS = /^[^?#]*[/\\](\.|%2e){1,2}([/\\?#]|$)/i;

function urlOf(text = '/'): URL {
  // `URL` would take `..` away: what is answered and what others read in the request would be two things.
  if (DOTS.test(text)) throw new ApiFailure(404, 'NotFound', 'the path of the request has a "." or ".." in it');
  // A path of two slashes would be read as a host.
  const url = text.startsWith('/') ? URL.parse(`http://localhost${text}`) : URL.parse(text);
  if (url === null) throw new ApiFailure(400, 'BadRequest', 'the URL of the request can not be read');
  return url;
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: HandlerOptions,
): Promise<void> {
  const { pathname, searchParams: query } = url;
  const { method = 'GET' } = request;
  const target = targetOf(pathname);
  if (target === undefined) {
    await answerOther(request, response, url, options);
    return;
  }
  const call: ApiCall = { request, response, target, query, warnings: [] };
  const { name, subresource, info } = target;
  if (subresource === 'log' && info.kind === 'Pod' && method === 'GET') {
    const containers = containerNames(existing(options, target));
    const key = { namespace: target.namespace as string, name: name as string, containers };
    await servePodLog(query, key, options.logs, response, options.closing);
    return;
  }
  if (subresource !== undefined && !(subresource === 'status' && info.hasStatus)) {
    throw new ApiFailure(404, 'NotFound', `${info.plural} have no ${subresource.slice(0, 50)}`);
  }
  // Before anything is written: what the client can not read is refused first.
  shaperOf(info, viewOf(request.headers.accept), query.get('includeObject'), options.now());
  const isWatch = /^(true|1)$/i.test(query.get('watch') ?? '');
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isWatch && method === 'GET' && name === undefined)
        watchCollection(call, options, options.watches, options.closing);
      else if (name === undefined) getList(call, options);
      else getOne(call, options);
      return;
    case 'POST':
      if (name !== undefined) break;
      return createObject(call, options);
    case 'PUT':
      if (name === undefined) break;
      return replaceObject(call, options);
    case 'PATCH':
      if (name === undefined) break;
      return patchObject(call, options);
    case 'DELETE':
      return name === undefined ? deleteCollection(call, options) : deleteObject(call, options);
    default:
  }
  throw new ApiFailure(405, 'MethodNotAllowed', `the server does not allow ${method} on ${pathname.slice(0, 200)}`);
}

/** Discovery, reviews, and our own routes. */
async function answerOther(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: HandlerOptions,
): Promise<void> {
  const { method = 'GET' } = request;
  const extra = options.extraRoutes?.get(url.pathname);
  if (extra !== undefined && method === 'GET') {
    answerJson(response, 200, extra(url.searchParams));
    return;
  }
  if (method === 'POST' && isReviewPath(url.pathname)) {
    const body = (await readBody(request)).value;
    answerJson(response, 201, reviewAnswer(url.pathname, body));
    return;
  }
  const services = noServices(method, url.pathname);
  if (services !== undefined) {
    answerJson(response, 200, services);
    return;
  }
  const found =
    method === 'GET' || method === 'HEAD'
      ? await discoveryAnswer(url.pathname + url.search, request.headers.accept, options.version)
      : undefined;
  if (found === undefined) throw new ApiFailure(404, 'NotFound', 'the server could not find the requested resource');
  response.writeHead(found.status, {
    ...found.headers,
    'content-type': found.contentType,
    'content-length': found.body.length,
  });
  response.end(method === 'HEAD' ? undefined : found.body);
}

function containerNames(pod: ApiObject): string[] {
  const { containers } = (pod.spec ?? {}) as { readonly containers?: readonly { readonly name: string }[] };
  return (containers ?? []).map((container) => container.name);
}

function fail(thrown: unknown, request: IncomingMessage, response: ServerResponse, options: HandlerOptions): void {
  const failure =
    thrown instanceof ApiFailure
      ? thrown
      : thrown instanceof StoreError
        ? fromStoreError(thrown, targetOf((request.url ?? '').split('?', 1)[0] as string))
        : thrown instanceof StorageFailure
          ? new ApiFailure(503, 'ServiceUnavailable', thrown.message)
          : new ApiFailure(500, 'InternalError', 'something went wrong inside Berth; its log has the cause');
  if (failure.code >= 500) options.onError(thrown);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What was not read of a refused body would be taken for the next request.
  response.shouldKeepAlive = response.req.complete;
  answerJson(response, failure.code, statusOf(failure));
}

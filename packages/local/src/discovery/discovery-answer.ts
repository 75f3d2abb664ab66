import { covers, type MediaRange, parseAccept } from './accept.ts';
import { aggregatedDiscovery, type DiscoveryVersion } from './aggregated-discovery.ts';
import { versionAnswer } from './api-version.ts';
import type { OpenApiAnswers } from './openapi-answers.ts';
import { coreVersions, groupAnswer, groupList, resourceList } from './plain-discovery.ts';
import { GROUPS } from './resources.ts';

/** An answer that depends on nothing but the request's path and Accept header. */
export interface DiscoveryAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** Further headers; absent where there are none. */
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json';
/** Clients ask with an @, which is no letter of a media type: Go reads only an answer that has a dot there. */
const V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V2_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf$/;
/** The address of a v3 document holds its hash, so what lies there never changes. */
const FOR_EVER = { 'cache-control': 'public, immutable, max-age=31536000', vary: 'Accept' };

let documents: Promise<OpenApiAnswers> | undefined;

/** Loaded when they are asked for first: a start need not wait for schemas and protobuf. */
function openApi(): Promise<OpenApiAnswers> {
  documents ??= import('./openapi-answers.ts').then(({ OpenApiAnswers }) => new OpenApiAnswers());
  return documents;
}

/**
 * Answers the paths that tell clients what the API has: `/`, `/api`, `/apis` and below, `/version`, `/openapi`, and the
 * health checks. undefined where the path is none of these; 406 where only types are accepted that it cannot be given in.
 * `path` may have a query; `version` is Berth's.
 */
export async function discoveryAnswer(
  path: string,
  accept: string | undefined,
  version: string,
): Promise<DiscoveryAnswer | undefined> {
  const [route = '', query = ''] = path.split('?', 2);
  const trimmed = route.length > 1 && route.endsWith('/') ? route.slice(0, -1) : route;
  const ranges = parseAccept(accept);
  const check = /^\/(healthz|livez|readyz)(\/ping)?$/.exec(trimmed);
  if (check !== null) return healthAnswer(check[1] as string, check[2] === undefined && isAsked(query, 'verbose'));
  switch (trimmed) {
    case '/openapi/v2':
      return openApiV2(ranges, await openApi());
    case '/api':
      return aggregated(ranges, 'core') ?? jsonAnswer(coreVersions(), ranges);
    case '/apis':
      return aggregated(ranges, 'named') ?? jsonAnswer(groupList(), ranges);
  }
  const body = await jsonBody(trimmed, version);
  if (body === undefined) return undefined;
  const answer = jsonAnswer(body, ranges);
  const isForEver = trimmed.startsWith('/openapi/v3/') && query.startsWith('hash=') && answer.status === 200;
  return isForEver ? { ...answer, headers: FOR_EVER } : answer;
}

/** A server that answers is healthy: it holds everything in memory, and a write that fails says so itself. */
function healthAnswer(name: string, isVerbose: boolean): DiscoveryAnswer {
  const text = isVerbose ? `[+]ping ok\n${name} check passed\n` : 'ok';
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: Buffer.from(text) };
}

function isAsked(query: string, name: string): boolean {
  return new URLSearchParams(query).has(name);
}

async function jsonBody(path: string, version: string): Promise<Buffer | Record<string, unknown> | undefined> {
  switch (path) {
    case '/':
      return { paths: rootPaths() };
    case '/version':
      return versionAnswer(version);
    case '/openapi/v3':
      return (await openApi()).v3Index();
  }
  if (path.startsWith('/openapi/v3/')) return (await openApi()).v3Document(path.slice('/openapi/v3/'.length));
  const [, root, first, second, more] = path.split('/');
  if (root === 'api' && first !== undefined && second === undefined) return resourceList('', first);
  if (root !== 'apis' || !first || more !== undefined) return undefined;
  return second === undefined ? groupAnswer(first) : resourceList(first, second);
}

function jsonAnswer(body: Buffer | Record<string, unknown>, ranges: readonly MediaRange[]): DiscoveryAnswer {
  if (!ranges.some((range) => covers(range, JSON_TYPE))) return notAcceptable([JSON_TYPE]);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return { status: 200, contentType: JSON_TYPE, body: bytes };
}

function openApiV2(ranges: readonly MediaRange[], answers: OpenApiAnswers): DiscoveryAnswer {
  for (const range of ranges) {
    if (V2_PROTOBUF.test(range.type)) return { status: 200, contentType: V2_TYPE, body: answers.v2Protobuf() };
    if (covers(range, JSON_TYPE)) return { status: 200, contentType: JSON_TYPE, body: answers.v2Json() };
  }
  return notAcceptable([JSON_TYPE, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);
}

/** The aggregated form, where a form of it is asked for before plain JSON. */
function aggregated(ranges: readonly MediaRange[], which: 'core' | 'named'): DiscoveryAnswer | undefined {
  for (const { type, parameters } of ranges) {
    if (type !== JSON_TYPE) continue;
    if (parameters.get('as') === undefined) return undefined;
    const version = parameters.get('v');
    if (parameters.get('as') !== 'APIGroupDiscoveryList' || parameters.get('g') !== 'apidiscovery.k8s.io') continue;
    if (version !== 'v2' && version !== 'v2beta1') continue;
    return {
      status: 200,
      contentType: `${JSON_TYPE};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      body: Buffer.from(JSON.stringify(aggregatedDiscovery(version satisfies DiscoveryVersion, which))),
    };
  }
  return undefined;
}

function notAcceptable(types: readonly string[]): DiscoveryAnswer {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `this is answered as ${types.join(' or ')} only; name one of them in Accept`,
    reason: 'NotAcceptable',
    code: 406,
  };
  return { status: 406, contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(status)) };
}

function rootPaths(): string[] {
  const groups = GROUPS.filter((group) => group.name !== '').flatMap(({ name, versions }) => [
    `/apis/${name}`,
    ...versions.map((version) => `/apis/${name}/${version}`),
  ]);
  const rest = ['/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];
  return ['/api', '/api/v1', '/apis', ...groups, ...rest];
}

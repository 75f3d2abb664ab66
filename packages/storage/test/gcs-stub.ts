import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Answers instead of the stub, when it returns true; gets the count of requests before this one. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse, before: number) => boolean;

/** The little of Google Cloud Storage's documented JSON API that a download needs, on loopback. */
export interface GcsStub extends AsyncDisposable {
  readonly port: number;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  intercept?: Interceptor | undefined;
  readonly objects: Map<string, { body: Buffer; generation: number }>;
}

/** Serves one bucket. */
export async function serveGcs(
  bucket: string,
  objects: Readonly<Record<string, string>>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<GcsStub> {
  const stored: GcsStub['objects'] = new Map(
    Object.entries(objects).map(([key, body], index) => [key, { body: Buffer.from(body), generation: 100 + index }]),
  );
  const stub: { intercept?: Interceptor | undefined } = {};
  const requests: GcsStub['requests'] = [];
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    const before = requests.length;
    requests.push({ url: request.url ?? '', headers: request.headers });
    if (stub.intercept?.(request, response, before) === true) return;
    const url = new URL(request.url ?? '/', 'http://stub');
    const [, root, version, , wanted, , object] = url.pathname.split('/').map(decodeURIComponent);
    if (root !== 'storage' || version !== 'v1' || wanted !== bucket) sendError(response, 404, 'notFound');
    else if (object === undefined) list(url, stored, response);
    else get(object, url, stored, request, response);
  };
  const server = tls === undefined ? createServer(handler) : createTlsServer(tls, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(stub, {
    port: (server.address() as AddressInfo).port,
    requests,
    objects: stored,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** An error as the JSON API writes it. */
export function sendError(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code: status, message: 'no', errors: [{ reason }] } }));
}

function list(url: URL, stored: GcsStub['objects'], response: ServerResponse): void {
  const prefix = url.searchParams.get('prefix') ?? '';
  const delimiter = url.searchParams.get('delimiter');
  const limit = Number(url.searchParams.get('maxResults') ?? 1000);
  const after = url.searchParams.get('pageToken') ?? '';
  const prefixes = new Set<string>();
  const keys: string[] = [];
  for (const key of [...stored.keys()].sort()) {
    if (!key.startsWith(prefix) || key <= after) continue;
    const at = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    if (at >= 0) prefixes.add(key.slice(0, at + 1));
    else keys.push(key);
  }
  const shown = keys.slice(0, limit);
  const items = shown.map((name) => {
    const { body, generation } = stored.get(name) as { body: Buffer; generation: number };
    const md5Hash = createHash('md5').update(body).digest('base64');
    return {
      name,
      size: String(body.length),
      generation: String(generation),
      md5Hash,
      updated: '2026-01-01T00:00:00Z',
    };
  });
  const nextPageToken = keys.length > limit ? shown.at(-1) : undefined;
  response.writeHead(200, { 'content-type': 'application/json' });
  // Like Google, without the lists that would be empty.
  response.end(
    JSON.stringify({
      ...(items.length > 0 ? { items } : {}),
      ...(prefixes.size > 0 ? { prefixes: [...prefixes] } : {}),
      nextPageToken,
    }),
  );
}

function get(
  key: string,
  url: URL,
  stored: GcsStub['objects'],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const object = stored.get(key);
  const wanted = url.searchParams.get('ifGenerationMatch');
  if (object === undefined || url.searchParams.get('alt') !== 'media') sendError(response, 404, 'notFound');
  else if (wanted !== null && wanted !== String(object.generation)) sendError(response, 412, 'conditionNotMet');
  else {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const end = range === null || range[2] === '' ? object.body.length : Number(range[2]) + 1;
    const part = object.body.subarray(Number(range?.[1] ?? 0), end);
    response.writeHead(range === null ? 200 : 206, {
      'content-length': part.length,
      'x-goog-generation': String(object.generation),
    });
    response.end(part);
  }
}

import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Answers instead of the stub, when it returns true; gets the count of requests before this one. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse, before: number) => boolean;

/** The little of S3's documented REST API that a download needs, on loopback. */
export interface S3Stub extends AsyncDisposable {
  readonly port: number;
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[];
  intercept?: Interceptor | undefined;
  readonly objects: Map<string, Buffer>;
}

/** Serves one bucket, path style (and virtual-host style, where the first label is the bucket). */
export async function serveS3(
  bucket: string,
  objects: Readonly<Record<string, string | Buffer>>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<S3Stub> {
  const stored = new Map(Object.entries(objects).map(([key, body]) => [key, Buffer.from(body)]));
  const stub: { intercept?: Interceptor | undefined } = {};
  const requests: S3Stub['requests'] = [];
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    const before = requests.length;
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    if (stub.intercept?.(request, response, before) === true) return;
    const url = new URL(request.url ?? '/', 'http://stub');
    const isVirtual = request.headers.host?.startsWith(`${bucket}.`) === true;
    const [, first = '', ...rest] = decodeURIComponent(url.pathname).split('/');
    const wanted = isVirtual ? bucket : first;
    const key = isVirtual ? [first, ...rest].join('/') : rest.join('/');
    if (wanted !== bucket) sendError(response, 404, 'NoSuchBucket');
    else if (key === '') list(url, stored, response);
    else get(key, stored, request, response);
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

/** An error as S3 writes it. */
export function sendError(response: ServerResponse, status: number, code: string, more = ''): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${more}</Error>`);
}

function list(url: URL, stored: ReadonlyMap<string, Buffer>, response: ServerResponse): void {
  const prefix = url.searchParams.get('prefix') ?? '';
  const delimiter = url.searchParams.get('delimiter');
  const limit = Number(url.searchParams.get('max-keys') ?? 1000);
  const after = url.searchParams.get('continuation-token') ?? '';
  const folders = new Set<string>();
  const keys: string[] = [];
  for (const key of [...stored.keys()].sort()) {
    if (!key.startsWith(prefix) || key <= after) continue;
    const at = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    if (at >= 0) folders.add(key.slice(0, at + 1));
    else keys.push(key);
  }
  const shown = keys.slice(0, limit);
  const contents = shown.map((key) => {
    const body = stored.get(key) as Buffer;
    return `<Contents><Key>${xml(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${xml(etagOf(body))}</ETag><Size>${body.length}</Size></Contents>`;
  });
  const prefixes = [...folders].map((one) => `<CommonPrefixes><Prefix>${xml(one)}</Prefix></CommonPrefixes>`);
  const isTruncated = keys.length > limit;
  const next = isTruncated ? `<NextContinuationToken>${xml(shown.at(-1) ?? '')}</NextContinuationToken>` : '';
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}${prefixes.join('')}</ListBucketResult>`,
  );
}

function get(
  key: string,
  stored: ReadonlyMap<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const body = stored.get(key);
  if (body === undefined) {
    sendError(response, 404, 'NoSuchKey');
    return;
  }
  const etag = etagOf(body);
  const wanted = request.headers['if-match'];
  if (wanted !== undefined && wanted !== etag) {
    sendError(response, 412, 'PreconditionFailed');
    return;
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (range === null) {
    response.writeHead(200, { etag, 'content-length': body.length });
    response.end(body);
    return;
  }
  const start = Number(range[1]);
  const end = range[2] === '' ? body.length : Number(range[2]) + 1;
  const part = body.subarray(start, end);
  response.writeHead(206, {
    etag,
    'content-length': part.length,
    'content-range': `bytes ${start}-${start + part.length - 1}/${body.length}`,
  });
  response.end(part);
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

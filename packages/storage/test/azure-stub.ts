import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Answers instead of the stub, when it returns true; gets the count of requests before this one. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse, before: number) => boolean;

/** The little of Azure Blob Storage's documented REST API that a download needs, on loopback. */
export interface AzureStub extends AsyncDisposable {
  readonly port: number;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders; body: string }[];
  intercept?: Interceptor | undefined;
  readonly blobs: Map<string, string>;
}

/** Serves one container, under `/devstoreaccount1/` or at the root. Names that end in `!folder` are a hierarchy's folders. */
export async function serveAzure(
  container: string,
  blobs: Readonly<Record<string, string>>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<AzureStub> {
  const stored = new Map(Object.entries(blobs));
  const stub: { intercept?: Interceptor | undefined } = {};
  const requests: AzureStub['requests'] = [];
  const handler = async (request: IncomingMessage, response: ServerResponse) => {
    const before = requests.length;
    const seen = { url: request.url ?? '', headers: request.headers, body: '' };
    requests.push(seen);
    for await (const chunk of request) seen.body += chunk;
    if (stub.intercept?.(request, response, before) === true) return;
    const url = new URL(request.url ?? '/', 'http://stub');
    const parts = url.pathname
      .replace(/^\/devstoreaccount1/, '')
      .split('/')
      .slice(1)
      .map(decodeURIComponent);
    const [wanted, ...path] = parts;
    if (wanted !== container) sendError(response, 404, 'ContainerNotFound');
    else if (url.searchParams.get('comp') === 'list') list(url, stored, response);
    else get(path.join('/'), stored, request, response);
  };
  const server = tls === undefined ? createServer(handler) : createTlsServer(tls, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(stub, {
    port: (server.address() as AddressInfo).port,
    requests,
    blobs: stored,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** An error as Azure writes it. */
export function sendError(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code });
  response.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
}

function list(url: URL, stored: AzureStub['blobs'], response: ServerResponse): void {
  const prefix = url.searchParams.get('prefix') ?? '';
  const delimiter = url.searchParams.get('delimiter');
  const limit = Number(url.searchParams.get('maxresults') ?? 5000);
  const marker = url.searchParams.get('marker') ?? '';
  const folders = new Set<string>();
  const keys: string[] = [];
  for (const key of [...stored.keys()].sort()) {
    if (!key.startsWith(prefix) || key <= marker) continue;
    const at = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    if (at >= 0) folders.add(key.slice(0, at + 1));
    else keys.push(key);
  }
  const shown = keys.slice(0, limit);
  const items = shown.map((key) => {
    const body = stored.get(key) ?? '';
    const isFolder = key.endsWith('!folder');
    const md5 = createHash('md5').update(body).digest('base64');
    const metadata = isFolder ? '<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>' : '<Metadata />';
    return `<Blob><Name>${xml(key.replace(/!folder$/, ''))}</Name><Properties><Last-Modified>Thu, 01 Jan 2026 00:00:00 GMT</Last-Modified><Etag>${etagOf(body)}</Etag><Content-Length>${body.length}</Content-Length><Content-MD5>${md5}</Content-MD5><BlobType>BlockBlob</BlobType></Properties>${metadata}</Blob>`;
  });
  const prefixes = [...folders].map((one) => `<BlobPrefix><Name>${xml(one)}</Name></BlobPrefix>`);
  const next = keys.length > limit ? `<NextMarker>${xml(shown.at(-1) ?? '')}</NextMarker>` : '<NextMarker />';
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>${items.join('')}${prefixes.join('')}</Blobs>${next}</EnumerationResults>`,
  );
}

function get(key: string, stored: AzureStub['blobs'], request: IncomingMessage, response: ServerResponse): void {
  const body = stored.get(key);
  const wanted = request.headers['if-match'];
  if (body === undefined) sendError(response, 404, 'BlobNotFound');
  else if (wanted !== undefined && wanted !== `"${etagOf(body)}"`) sendError(response, 412, 'ConditionNotMet');
  else {
    const written = request.headers['x-ms-range'] ?? request.headers.range ?? '';
    const range = /^bytes=(\d+)-(\d*)$/.exec(String(written));
    const end = range === null || range[2] === '' ? body.length : Number(range[2]) + 1;
    const part = body.slice(Number(range?.[1] ?? 0), end);
    response.writeHead(range === null ? 200 : 206, { etag: `"${etagOf(body)}"`, 'content-length': part.length });
    response.end(part);
  }
}

function etagOf(body: string): string {
  return `0x${createHash('md5').update(body).digest('hex').slice(0, 15).toUpperCase()}`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

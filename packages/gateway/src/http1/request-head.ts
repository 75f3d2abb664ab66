import type { IncomingMessage } from 'node:http';
import type { ServiceRoute } from '../routes/service-route.ts';

/** Headers of a connection, which end at each hop (RFC 9110, 7.6.1), and those that only the gateway may set. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'content-length',
  'kserve-isvc-name',
  'kserve-isvc-namespace',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
]);

/** What the gateway adds to a request. */
export interface HeadOptions {
  readonly route: ServiceRoute;
  /** Path and query as the replica sees them. */
  readonly path: string;
  readonly requestId: string;
  readonly isSecure: boolean;
  /** The page that asks is one of those that may: its origin, which a replica would refuse, ends here. */
  readonly isAllowedOrigin?: boolean;
  /** The Authorization is the gateway's and ends here. */
  readonly isKeyConsumed?: boolean;
  /** Bytes of the body; undefined where it comes in chunks. */
  readonly bodyLength: number | undefined;
}

/** The head of the request as it goes to a replica, with the empty line. */
export function requestHead(request: IncomingMessage, options: HeadOptions): string {
  const { service } = options.route;
  const named = connectionHeaders(request.headers.connection);
  let head = `${request.method} ${options.path} HTTP/1.1\r\n`;
  const raw = request.rawHeaders;
  let hasHost = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const lower = name.toLowerCase();
    if (LEFT_OUT.has(lower) || lower.charCodeAt(0) === 58 || named?.has(lower) === true) continue;
    if (options.isAllowedOrigin === true && (lower === 'origin' || lower.startsWith('sec-fetch-'))) continue;
    if (options.isKeyConsumed === true && lower === 'authorization') continue;
    if (lower === 'host') hasHost = true;
    head += `${name}: ${raw[index + 1]}\r\n`;
  }
  if (!hasHost) head += `Host: ${request.headers[':authority'] ?? service.name}\r\n`;
  const { method } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && method !== 'DELETE';
  if (options.bodyLength === undefined) head += 'Transfer-Encoding: chunked\r\n';
  else if (options.bodyLength > 0 || hasBody) head += `Content-Length: ${options.bodyLength}\r\n`;
  const peer = request.socket.remoteAddress ?? '';
  const before = request.headers['x-forwarded-for'];
  head += `X-Forwarded-For: ${before === undefined ? peer : `${String(before)}, ${peer}`}\r\n`;
  head += `X-Forwarded-Proto: ${options.isSecure ? 'https' : 'http'}\r\n`;
  head += `X-Forwarded-Host: ${request.headers.host ?? String(request.headers[':authority'] ?? '')}\r\n`;
  head += `X-Request-Id: ${options.requestId}\r\n`;
  head += `KServe-Isvc-Name: ${service.name}\r\nKServe-Isvc-Namespace: ${service.namespace}\r\n\r\n`;
  return head;
}

/** Headers that `Connection` names belong to the hop, too. */
function connectionHeaders(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(connection.split(',').map((one) => one.trim().toLowerCase()));
}

import type { IncomingMessage } from 'node:http';

const MAX_AGE_SECONDS = 600;
const METHODS = 'GET, POST, PUT, DELETE, OPTIONS';

/** Whether a browser asks if it may ask (Fetch standard, CORS preflight). */
export function isPreflight(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** Headers for an answer to a page of this origin; only `Vary` for a page of another. */
export function corsHeaders(allowed: readonly string[], origin: string | undefined): string[] {
  if (origin === undefined || !isAllowed(allowed, origin)) return ['Vary', 'Origin'];
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Expose-Headers',
    'Berth-Revision, X-Request-Id, Retry-After, Inference-Header-Content-Length',
    'Vary',
    'Origin',
  ];
}

/** Takes the replica's own Access-Control headers out of name, value, …: where the gateway answers for them, it does so alone. */
export function dropAccessControl(headers: string[]): void {
  let kept = 0;
  for (let index = 0; index < headers.length; index += 2) {
    if (/^access-control-/i.test(headers[index] as string)) continue;
    headers[kept++] = headers[index] as string;
    headers[kept++] = headers[index + 1] as string;
  }
  headers.length = kept;
}

/** Headers of the answer to a preflight. */
export function preflightHeaders(allowed: readonly string[], request: IncomingMessage): string[] {
  const { origin } = request.headers;
  const headers = corsHeaders(allowed, origin);
  if (origin === undefined || !isAllowed(allowed, origin)) return headers;
  const asked = request.headers['access-control-request-headers'];
  const names = typeof asked === 'string' && /^[\w\-, ]{1,1000}$/.test(asked) ? asked : 'content-type';
  return [
    ...headers,
    'Access-Control-Allow-Methods',
    METHODS,
    'Access-Control-Allow-Headers',
    names,
    'Access-Control-Max-Age',
    String(MAX_AGE_SECONDS),
  ];
}

function isAllowed(allowed: readonly string[], origin: string): boolean {
  return allowed.includes('*') || allowed.includes(origin);
}

import { InferenceError, invalidInput } from '@berth/inference';
import { hostName } from '../dataplane/router.ts';
import type { HttpContext, HttpRequest } from './options.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what no route should see: two Host headers, and requests that change something and come from another web
 * site's page (Ray's guard forgot a method; this one names those that are safe). Answers the Host.
 * @throws InferenceError INVALID_INPUT or FORBIDDEN
 */
export function guard(request: HttpRequest, context: HttpContext): string | undefined {
  const { headers } = request;
  const raw = request.rawHeaders;
  let hosts = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index];
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) throw invalidInput('the request has two Host headers');
  const named = authority(headers);
  if (headers.host !== undefined && named !== undefined && headers.host.toLowerCase() !== named.toLowerCase()) {
    // RFC 9113, 8.3.1: whoever looks at one of them would be told something else than who looks at the other.
    throw invalidInput('the Host header is not the same as the :authority of the request');
  }
  const host = headers.host ?? named;
  if (!SAFE_METHODS.has(request.method ?? '')) checkOrigin(headers, host, context);
  return host;
}

function authority(headers: HttpRequest['headers']): string | undefined {
  const value = headers[':authority'];
  return typeof value === 'string' ? value : undefined;
}

function checkOrigin(headers: HttpRequest['headers'], host: string | undefined, context: HttpContext): void {
  const origin = headers.origin;
  if (origin !== undefined) {
    if (context.allowedOrigins?.has(origin) || isSameOrigin(origin, host)) return;
    throw crossSite();
  }
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') throw crossSite();
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  const scheme = origin.indexOf('://');
  return scheme > 0 && host !== undefined && origin.slice(scheme + 3).toLowerCase() === host.toLowerCase();
}

function crossSite(): InferenceError {
  return new InferenceError(
    'FORBIDDEN',
    'the request comes from a page of another web site; allow its origin in the server, or call from your own program',
  );
}

/** @throws InferenceError FORBIDDEN where a management route is reached under a host name that is not this machine's. */
export function checkManagementHost(host: string | undefined, context: HttpContext): void {
  if (context.managementHosts === undefined) return;
  if (host !== undefined && context.managementHosts.has(hostName(host))) return;
  throw new InferenceError(
    'FORBIDDEN',
    'this route answers under the names of this machine only, for example localhost',
  );
}

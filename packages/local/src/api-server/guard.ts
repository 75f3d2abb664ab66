import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiFailure } from './failure.ts';

/** Who may ask. */
export interface GuardOptions {
  readonly token: string;
  /** Host names that a request may carry beside loopback ones; lower case, without port. */
  readonly hosts: ReadonlySet<string>;
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Refuses what a web page could make a browser send (DNS rebinding, cross-site requests), then whoever has no token.
 * Holds for every route and method.
 * @throws ApiFailure 403, 401
 */
export function checkRequest(request: IncomingMessage, options: GuardOptions): void {
  const host = hostOf(request.headers.host);
  if (host === undefined || !(LOOPBACK.test(host) || options.hosts.has(host))) {
    throw new ApiFailure(
      403,
      'Forbidden',
      `the API does not answer to the host "${(request.headers.host ?? '').slice(0, 100)}"`,
    );
  }
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeignSite = site !== undefined && site !== 'none' && site !== 'same-origin';
  if (isForeignSite || (origin !== undefined && hostOf(origin.replace(/^[a-z]{1,10}:\/\//, '')) !== host)) {
    throw new ApiFailure(403, 'Forbidden', 'the API does not answer to pages of other sites');
  }
  if (!isToken(request.headers.authorization, options.token)) {
    throw new ApiFailure(
      401,
      'Unauthorized',
      'Unauthorized: send the token of the kubeconfig (berth kubeconfig) as "Authorization: Bearer …"',
    );
  }
}

function hostOf(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]{2,50}\]|[^:/\s[\]]{1,253})(:\d{1,5})?$/.exec((header ?? '').toLowerCase())?.[1];
}

/** In a time that does not depend on what was sent. */
function isToken(header: string | undefined, token: string): boolean {
  const sent = /^bearer (\S{1,4096})$/i.exec(header ?? '')?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}

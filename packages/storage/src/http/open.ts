import type { IncomingMessage } from 'node:http';
import { httpRequest } from '../remote/http-request.ts';
import { StorageError } from '../storage-error.ts';
import type { HttpAccess } from './http-access.ts';
import { checkUrl } from './url-rules.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What an http request needs. */
export interface OpenOptions {
  readonly access: HttpAccess;
  /** Sent to the first origin only. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Sent everywhere, e.g. Range. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks with GET and follows redirects, each checked as the first URL was: never from https to http, never from a public
 * address to a private one. The body is not read yet; destroy the response when it is not wanted.
 * @throws StorageError
 */
export async function openUrl(text: string, options: OpenOptions): Promise<IncomingMessage> {
  const { access } = options;
  let url = checkUrl(text);
  let { isPrivate } = await access.check(url);
  const { origin } = url;
  for (let hops = 0; ; hops++) {
    const credentials = url.origin === origin ? options.credentials : {};
    const response = await request(url, { ...options.headers, ...credentials }, options);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    if (hops === MAX_REDIRECTS)
      throw new StorageError('DownloadFailed', `${origin} redirects more than ${MAX_REDIRECTS} times`);
    const next = redirected(url, location);
    const checked = await access.check(next);
    if (checked.isPrivate && !isPrivate) {
      throw new StorageError('UrlNotAllowed', `${url.origin} redirects to a private address, which is not followed`);
    }
    url = next;
    isPrivate = checked.isPrivate;
  }
}

function redirected(from: URL, location: string): URL {
  let next: URL;
  try {
    next = new URL(location, from);
  } catch {
    throw new StorageError('DownloadFailed', `${from.origin} redirects to something that is no URL`);
  }
  next.hash = '';
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new StorageError('UrlNotAllowed', `${from.origin} redirects from https to http, which is not followed`);
  }
  return checkUrl(next.href);
}

async function request(url: URL, headers: Record<string, string>, options: OpenOptions): Promise<IncomingMessage> {
  const { access, signal } = options;
  try {
    return await httpRequest(url, {
      egress: access.egress,
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...headers },
      stallMs: access.stallTimeoutMs,
      signal,
    });
  } catch (cause) {
    throw networkError(url, cause, signal);
  }
}

/** A failure of the connection in words. */
export function networkError(url: URL, cause: unknown, signal: AbortSignal | undefined): StorageError {
  if (signal?.aborted === true) return new StorageError('DownloadCancelled', 'the download was cancelled', { cause });
  if (cause instanceof StorageError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const isCertificate = code !== undefined && /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(code);
  const why =
    code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : isCertificate
        ? `its certificate is not trusted (${code}); give its CA in a CA bundle or NODE_EXTRA_CA_CERTS`
        : (message ?? String(cause));
  return new StorageError('DownloadFailed', `${url.origin}: ${why}`, { cause, isTransient: !isCertificate });
}

import http from 'node:http';
import https from 'node:https';
import { StorageError } from '../storage-error.ts';
import { checkUrl, type EgressPolicy, type PinnedUrl, pin, type Resolver } from './url-rules.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What an http request needs. */
export interface OpenOptions {
  readonly policy: EgressPolicy;
  readonly resolver: Resolver;
  /** Sent to the first origin only. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Sent everywhere, e.g. Range. */
  readonly headers: Readonly<Record<string, string>>;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks with GET and follows redirects, each checked as the first URL was: never from https to http, never from a public
 * address to a private one. The body is not read yet; destroy the response when it is not wanted.
 * @throws StorageError
 */
export async function openUrl(text: string, options: OpenOptions): Promise<http.IncomingMessage> {
  let target = await pin(checkUrl(text), options.policy, options.resolver);
  const { origin } = target.url;
  for (let hops = 0; ; hops++) {
    const credentials = target.url.origin === origin ? options.credentials : {};
    const response = await request(target, { ...options.headers, ...credentials }, options);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    if (hops === MAX_REDIRECTS)
      throw new StorageError('DownloadFailed', `${origin} redirects more than ${MAX_REDIRECTS} times`);
    target = await redirected(target, location, options);
  }
}

async function redirected(from: PinnedUrl, location: string, options: OpenOptions): Promise<PinnedUrl> {
  let next: URL;
  try {
    next = new URL(location, from.url);
  } catch {
    throw new StorageError('DownloadFailed', `${from.url.origin} redirects to something that is no URL`);
  }
  next.hash = '';
  if (from.url.protocol === 'https:' && next.protocol === 'http:') {
    throw new StorageError('UrlNotAllowed', `${from.url.origin} redirects from https to http, which is not followed`);
  }
  const target = await pin(checkUrl(next.href), options.policy, options.resolver);
  if (target.isPrivate && !from.isPrivate) {
    throw new StorageError('UrlNotAllowed', `${from.url.origin} redirects to a private address, which is not followed`);
  }
  return target;
}

function request(
  target: PinnedUrl,
  headers: Record<string, string>,
  options: OpenOptions,
): Promise<http.IncomingMessage> {
  const client = target.url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = client.request(target.url, {
      method: 'GET',
      agent: false,
      headers: { 'user-agent': 'berth', accept: '*/*', 'accept-encoding': 'identity', ...headers },
      timeout: options.stallTimeoutMs,
      maxHeaderSize: 32 * 1024,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      lookup: (_host, lookupOptions, done) => {
        // The address that was checked, whatever the name says now.
        if (lookupOptions.all === true) done(null, [{ address: target.address, family: target.family }]);
        else done(null, target.address, target.family);
      },
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${options.stallTimeoutMs / 1000} s`)));
    outgoing.on('response', resolve);
    outgoing.on('error', (cause) => reject(networkError(target.url, cause, options.signal)));
    outgoing.end();
  });
}

/** A failure of the connection in words. */
export function networkError(url: URL, cause: unknown, signal: AbortSignal | undefined): StorageError {
  if (signal?.aborted === true) return new StorageError('Cancelled', 'the download was cancelled', { cause });
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === 'ECONNREFUSED' ? 'nothing listens there' : (message ?? String(cause));
  return new StorageError('DownloadFailed', `${url.origin}: ${why}`, {
    cause,
    isTransient: !isCertificateProblem(code),
  });
}

function isCertificateProblem(code: string | undefined): boolean {
  return code !== undefined && /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(code);
}

import type { FetchOptions } from '../fetcher.ts';
import { createEgress, type Egress } from '../network/egress.ts';
import { proxyFor } from '../network/proxy-rules.ts';
import { rememberingResolver } from './remembering-resolver.ts';
import { type EgressPolicy, pin, type Resolver } from './url-rules.ts';

/** How http(s) servers are reached in one fetch. */
export interface HttpAccess {
  readonly egress: Egress;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /**
   * Holds a URL against the rules before anything is sent.
   * @throws StorageError UrlNotAllowed, or DownloadFailed where the name does not resolve
   */
  check(url: URL): Promise<{ readonly isPrivate: boolean }>;
}

/** Longest time for a connection to come about. */
const CONNECT_MS = 10_000;

/** The way to http(s) servers by the options of a fetch: address rules, proxies, CAs. Close its egress in the end. */
export function createHttpAccess(options: FetchOptions, resolver: Resolver): HttpAccess {
  const policy: EgressPolicy = {
    author: options.author ?? 'operator',
    strictEgress: options.strictEgress ?? false,
  };
  const stallTimeoutMs = options.stallTimeoutMs ?? 30_000;
  const proxyEnv = options.processEnv ?? {};
  const remembering = rememberingResolver(resolver);
  const egress = createEgress({
    policy,
    proxyEnv,
    caBundles: options.credentials?.caBundles ?? [],
    connectTimeoutMs: Math.min(CONNECT_MS, stallTimeoutMs),
    resolver: remembering,
  });
  return {
    egress,
    stallTimeoutMs,
    signal: options.signal,
    check: async (url) => {
      // Behind a proxy names are the proxy's to resolve; the egress checks what can be checked.
      if (proxyFor(url, proxyEnv) !== undefined) return { isPrivate: false };
      return pin(url, policy, remembering);
    },
  };
}

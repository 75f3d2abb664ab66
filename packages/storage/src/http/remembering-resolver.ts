import type { Resolver } from './url-rules.ts';

/** So long a name keeps the addresses that were checked; a download of hours must follow a server that moves. */
const REMEMBER_MS = 60_000;
const MAX_NAMES = 1000;

/**
 * Asks for a name once and answers the same for a while, so that what was checked is what is connected to, by whatever
 * part of the code.
 */
export function rememberingResolver(resolver: Resolver, now: () => number = () => performance.now()): Resolver {
  const known = new Map<string, { readonly at: number; readonly addresses: ReturnType<Resolver> }>();
  return (host) => {
    const entry = known.get(host);
    if (entry !== undefined && now() - entry.at < REMEMBER_MS) return entry.addresses;
    const addresses = resolver(host);
    if (known.size >= MAX_NAMES) known.clear();
    known.set(host, { at: now(), addresses });
    addresses.catch(() => known.delete(host));
    return addresses;
  };
}

import type { HostClaim } from '../plan/service-hosts.ts';

/** Who claims host names. */
export interface HostClaimant {
  readonly key: string;
  /** RFC 3339; the older one wins among equals. */
  readonly createdAt: string;
}

interface Claim extends HostClaimant {
  readonly rank: number;
}

/**
 * Which service a host name leads to, where several would like the same: two services never share one. The service whose
 * own name it is comes before one that derives it, the older before the younger.
 */
export class HostRegistry {
  readonly #claims = new Map<string, Claim[]>();
  readonly #hosts = new Map<string, ReadonlySet<string>>();

  /** Replaces what a service claims; without claims it is forgotten. Returns the other services that won or lost a name. */
  claim(claimant: HostClaimant, claims: readonly HostClaim[]): Set<string> {
    const { key } = claimant;
    const ranks = new Map(claims.map(({ host, rank }) => [host, rank]));
    const touched = new Set([...(this.#hosts.get(key) ?? []), ...ranks.keys()]);
    const affected = new Set<string>();
    for (const host of touched) {
      const before = this.owner(host);
      const list = (this.#claims.get(host) ?? []).filter((one) => one.key !== key);
      const rank = ranks.get(host);
      if (rank !== undefined) list.push({ ...claimant, rank });
      if (list.length === 0) this.#claims.delete(host);
      else this.#claims.set(host, list.sort(compare));
      const after = this.owner(host);
      if (before === after) continue;
      for (const one of [before, after]) if (one !== undefined && one !== key) affected.add(one);
    }
    if (claims.length === 0) this.#hosts.delete(key);
    else this.#hosts.set(key, new Set(ranks.keys()));
    return affected;
  }

  /** Forgets a service. Returns the services that get a name of its. */
  release(key: string): Set<string> {
    return this.claim({ key, createdAt: '' }, []);
  }

  /** The service that a host leads to. */
  owner(host: string): string | undefined {
    return this.#claims.get(host)?.[0]?.key;
  }
}

function compare(left: Claim, right: Claim): number {
  if (left.rank !== right.rank) return left.rank - right.rank;
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? -1 : 1;
  if (left.key === right.key) return 0;
  return left.key < right.key ? -1 : 1;
}

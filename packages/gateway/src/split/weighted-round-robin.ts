/** Something that takes a share of requests. */
export interface Share {
  readonly revision: string;
  readonly percent: number;
}

interface Entry {
  readonly revision: string;
  weight: number;
  current: number;
}

/**
 * Smooth weighted round robin: deterministic, and every revision gets its share in any stretch of requests as evenly as
 * whole requests allow. The state outlives a new list of shares, so that frequent updates do not favour the first.
 */
export class WeightedRoundRobin {
  #entries: Entry[] = [];
  #total = 0;

  setShares(shares: readonly Share[]): void {
    const before = new Map(this.#entries.map((entry) => [entry.revision, entry]));
    const isSame =
      shares.length === this.#entries.length &&
      shares.every((share) => before.get(share.revision)?.weight === share.percent);
    if (isSame) return;
    this.#entries = shares.map(({ revision, percent }) => ({ revision, weight: percent, current: 0 }));
    this.#total = shares.reduce((sum, share) => sum + share.percent, 0);
  }

  /** The revision of the next request; undefined where nobody has a share. */
  next(): string | undefined {
    const entries = this.#entries;
    if (entries.length === 1) return (entries[0] as Entry).weight > 0 ? (entries[0] as Entry).revision : undefined;
    let best: Entry | undefined;
    for (const entry of entries) {
      if (entry.weight <= 0) continue;
      entry.current += entry.weight;
      if (best === undefined || entry.current > best.current) best = entry;
    }
    if (best === undefined) return undefined;
    best.current -= this.#total;
    return best.revision;
  }
}

/** The revision that a value of the sticky header always leads to while the shares stay as they are. */
export function stickyRevision(shares: readonly Share[], value: string): string | undefined {
  const total = shares.reduce((sum, share) => sum + share.percent, 0);
  if (total <= 0) return undefined;
  let point = hash(value) % total;
  for (const { revision, percent } of shares) {
    if (point < percent) return revision;
    point -= percent;
  }
  return undefined;
}

/** FNV-1a, with a last mix so that values that differ in one digit are spread. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state ^= text.charCodeAt(index);
    state = Math.imul(state, 0x01000193);
  }
  state ^= state >>> 16;
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  return state >>> 0;
}

/** How many old revisions are kept, as Kubernetes keeps old ReplicaSets (revisionHistoryLimit). */
export const HISTORY_LIMIT = 10;

/** The revisions to forget: all but the newest, never one in `needed`. `revisions` is oldest first. */
export function outdated<T extends { readonly name: string }>(
  revisions: readonly T[],
  needed: ReadonlySet<string>,
  limit: number = HISTORY_LIMIT,
): T[] {
  const free = revisions.filter((one) => !needed.has(one.name));
  return free.slice(0, Math.max(0, free.length - limit));
}

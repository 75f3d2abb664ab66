import { replicaName } from '../revisions/naming.ts';
import type { ReplicaView } from '../substrate/substrate.ts';

/** Label of a replica: the epoch it was started in. */
export const EPOCH_LABEL = 'berth.dev/replica-epoch';

/** The replicas that a revision has and shall have. */
export interface ReplicaSetInput {
  readonly revision: { readonly name: string; readonly uid: string; readonly epoch: string };
  /** Those of the revision that are not on their way out. */
  readonly replicas: readonly ReplicaView[];
  /** Names that are in use, also by replicas that are on their way out. */
  readonly taken: ReadonlySet<string>;
  readonly desired: number;
}

/** Which replicas stay and which are to be started; the others may go. */
export interface ReplicaSetPlan {
  readonly keep: readonly string[];
  readonly start: readonly string[];
}

/**
 * Brings a revision to its number of replicas. Replicas of an older epoch are replaced one for one: each stays until a new
 * one is ready. Where there are too many, those that are not ready go first, then the youngest.
 */
export function arrangeReplicas(input: ReplicaSetInput): ReplicaSetPlan {
  const { revision, desired } = input;
  const isFresh = (view: ReplicaView) => epochOf(view) === revision.epoch;
  const fresh = input.replicas.filter(isFresh).sort(mostUsefulFirst);
  const old = input.replicas.filter((view) => !isFresh(view)).sort(mostUsefulFirst);
  const kept = fresh.slice(0, desired);
  const start: string[] = [];
  for (let ordinal = 0; kept.length + start.length < desired && ordinal < MAX_ORDINAL; ordinal++) {
    const name = replicaName(revision, revision.epoch, ordinal);
    if (!input.taken.has(name)) start.push(name);
  }
  const ready = kept.filter((view) => view.state === 'ready').length;
  const still = old.filter((view) => view.state === 'ready').slice(0, Math.max(0, desired - ready));
  return { keep: [...kept, ...still].map((view) => view.id), start };
}

/** No service has so many replicas on one machine; it bounds the search for free names. */
const MAX_ORDINAL = 10_000;

function epochOf(view: ReplicaView): string {
  return new Map(Object.entries(view.workload.labels)).get(EPOCH_LABEL) ?? '';
}

const RANKS: ReadonlyMap<ReplicaView['state'], number> = new Map([
  ['ready', 0],
  ['unready', 1],
  ['starting', 2],
  ['failed', 3],
  ['stopping', 4],
]);

function mostUsefulFirst(left: ReplicaView, right: ReplicaView): number {
  const ranks = (RANKS.get(left.state) ?? 9) - (RANKS.get(right.state) ?? 9);
  if (ranks !== 0) return ranks;
  if (left.startedAt !== right.startedAt) return left.startedAt < right.startedAt ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}

import { REVISION_UID_LABEL, type Revision } from '../revisions/revision.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import type { ServiceMemory } from './memory.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';

/** The replicas of the service's revisions. Others under its name are of a service that was here before: seen off. */
export function ownReplicas(
  parts: ReconcilerParts,
  namespace: string,
  name: string,
  revisions: readonly Revision[],
  memory: ServiceMemory,
): ReplicaView[] {
  const uids = new Set(revisions.map((one) => one.uid));
  const own: ReplicaView[] = [];
  for (const view of parts.substrate.replicas()) {
    const { workload } = view;
    if (workload.namespace !== namespace || workload.service !== name) continue;
    if (uids.has(workload.labels[REVISION_UID_LABEL] ?? '')) own.push(view);
    else parts.departures.stop(view.id, memory);
  }
  return own;
}

import type { InferenceService } from '@berth/api';
import type { Revision } from '../revisions/revision.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import type { TrafficTarget } from '../traffic/rollout.ts';
import type { ServingVariant } from './claim-hosts.ts';
import type { ServiceMemory } from './memory.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { appliedTargets } from './rollout-status.ts';
import type { RunningRevision, ServiceView } from './service-view.ts';
import type { Track } from './tracks.ts';

/** The revisions that shall run, with how many replicas. */
export function runningRevisions(
  parts: ReconcilerParts,
  isvc: InferenceService,
  tracks: ServiceView['tracks'],
  byName: ReadonlyMap<string, Revision>,
  targets: readonly TrafficTarget[],
  variants: readonly ServingVariant[],
  replicas: readonly ReplicaView[],
  memory: ServiceMemory,
): Map<string, RunningRevision> {
  const running = new Map<string, RunningRevision>();
  const add = (name: string | undefined, track: Track, isNew: boolean) => {
    const revision = name === undefined ? undefined : byName.get(name);
    if (revision === undefined || running.has(revision.name)) return;
    const own = replicas.filter((view) => view.workload.revision === revision.name && !memory.leaving.has(view.id));
    const question = { isvc, track, revision, replicas: own, isNew, demanded: memory.demanded.has(revision.name) };
    let desired = parts.scaler.desired(question);
    if (track.variant === undefined && isRising(revision)) {
      desired = Math.max(desired, replicasToTakeOver(parts, isvc, track, revision, replicas, memory));
    }
    running.set(revision.name, { revision, desired, replicas: own });
  };
  const serving = new Set(appliedTargets(isvc, byName).flatMap((one) => (one.percent > 0 ? [one.revision] : [])));
  const isRising = (revision: Revision) => serving.size > 0 && !serving.has(revision.name);
  const [stable] = tracks as [ServiceView['tracks'][number], ...ServiceView['tracks'][number][]];
  for (const target of targets) if (target.percent > 0) add(target.revision, stable.track, false);
  if (stable.current !== undefined && !stable.current.wasReady) add(stable.current.name, stable.track, true);
  for (const { track, current, serving } of variants) {
    add(serving?.name, track, false);
    add(current?.name, track, current?.wasReady !== true);
  }
  // Reached by their tags alone: no replica until somebody asks.
  for (const target of targets) {
    const revision = byName.get(target.revision);
    if (revision === undefined || running.has(target.revision)) continue;
    const own = replicas.filter((view) => view.workload.revision === target.revision && !memory.leaving.has(view.id));
    running.set(target.revision, { revision, desired: memory.demanded.has(target.revision) ? 1 : 0, replicas: own });
  }
  return running;
}

/** How many replicas a revision needs before it takes over from those that serve now. */
export function replicasToTakeOver(
  parts: ReconcilerParts,
  isvc: InferenceService,
  track: Track,
  revision: Revision,
  replicas: readonly ReplicaView[],
  memory: ServiceMemory,
): number {
  const traffic = isvc.status?.components?.predictor?.traffic ?? [];
  const isServing = (name: string) => traffic.some((one) => one.revisionName === name && one.percent > 0);
  if (memory.isExclusive) return 1;
  const now = replicas.filter(
    (view) => view.state === 'ready' && isServing(view.workload.revision) && !memory.leaving.has(view.id),
  ).length;
  const percent = isvc.spec.predictor.canaryTrafficPercent ?? 100;
  const isNewest = track.revisions.at(-1)?.name === revision.name;
  const share = isNewest ? percent : 100 - percent;
  const own = replicas.filter((view) => view.workload.revision === revision.name && !memory.leaving.has(view.id));
  return parts.scaler.toTakeOver(
    { isvc, track, revision, replicas: own, isNew: true, demanded: false },
    Math.ceil((now * share) / 100),
  );
}

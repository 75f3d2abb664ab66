import type { InferenceService } from '@berth/api';
import { READY_UNSTARTED, type ReadyCondition, type Revision, readyConditionOf } from '../revisions/revision.ts';
import { timestamp } from '../status/conditions.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { firstFailure, isFailing } from './replica-failure.ts';
import type { ServiceView } from './service-view.ts';

/** New revisions that need no start before they take requests (`initial-scale: "0"`). */
export function unstartedRevisions(
  parts: ReconcilerParts,
  tracks: ServiceView['tracks'],
  isvc: InferenceService,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { track, current } of tracks) {
    if (current === undefined || current.wasReady) continue;
    const question = { isvc, track, revision: current, replicas: [], isNew: true, demanded: false };
    if (parts.scaler.desired(question) === 0) names.add(current.name);
  }
  return names;
}

/** Remembers in a revision that a replica of it was ready once, or that none has to be. */
export function noteReady(
  parts: ReconcilerParts,
  revisions: readonly Revision[],
  replicas: readonly ReplicaView[],
  unstarted: ReadonlySet<string>,
): void {
  const { store, clock } = parts;
  for (const revision of revisions) {
    if (revision.isProven) continue;
    const own = replicas.filter((view) => view.workload.revision === revision.name);
    const condition = readinessOf(revision, own, unstarted.has(revision.name));
    const before = readyConditionOf(revision.object);
    if (condition === undefined) continue;
    if (before?.status === condition.status && before.reason === condition.reason) continue;
    const conditions = [{ ...condition, lastTransitionTime: timestamp(clock.now()) }];
    store.updateStatus({ ...revision.object, status: { ...(revision.object.status as object), conditions } });
  }
}

/** Writes down how many replicas each revision has and shall have. */
export function noteReplicas(parts: ReconcilerParts, view: ServiceView, replicas: readonly ReplicaView[]): void {
  const { namespace = 'default', name } = view.isvc.metadata;
  for (const { object } of parts.world.revisions(namespace, name)) {
    const revision = object.metadata.name;
    const own = replicas.filter((one) => one.workload.revision === revision && one.state === 'ready');
    const counts = { actualReplicas: own.length, desiredReplicas: view.running.get(revision)?.desired ?? 0 };
    const before = (object.status ?? {}) as { actualReplicas?: number; desiredReplicas?: number };
    if (before.actualReplicas === counts.actualReplicas && before.desiredReplicas === counts.desiredReplicas) continue;
    parts.store.updateStatus({ ...object, status: { ...before, ...counts } });
  }
}

/** What is to be said of a revision that has not proven itself; undefined where nothing is new. */
function readinessOf(
  revision: Revision,
  own: readonly ReplicaView[],
  isUnstarted: boolean,
): ReadyCondition | undefined {
  if (own.some((view) => view.state === 'ready')) return { type: 'Ready', status: 'True' };
  if (isUnstarted) return READY_UNSTARTED;
  // It takes requests already; that it fails is said of the service.
  if (revision.wasReady || !isFailing(own)) return undefined;
  const failure = firstFailure(own);
  if (failure === undefined) return undefined;
  return { type: 'Ready', status: 'False', reason: failure.reason, message: failure.message };
}

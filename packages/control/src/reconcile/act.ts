import type { InferenceService } from '@berth/api';
import type { ServiceOptions } from '../plan/annotations.ts';
import type { Revision } from '../revisions/revision.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import type { ServiceMemory } from './memory.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { backOffOf, comesBack, firstFailure, isFailing } from './replica-failure.ts';
import { arrangeReplicas } from './replica-set.ts';
import { workloadOf } from './replica-workload.ts';
import { routedService } from './routed-service.ts';
import type { ServiceView } from './service-view.ts';
import { unavailableOf } from './unavailable.ts';

/** A replica that has requests when it leaves gets so long to end them, beside its own grace time. */
const MAX_DRAIN_MS = 600_000;

/** Starts, publishes, sees off. */
export function act(
  parts: ReconcilerParts,
  view: ServiceView,
  options: ServiceOptions,
  replicas: readonly ReplicaView[],
  memory: ServiceMemory,
): void {
  const keep = new Set<string>();
  if (replicas.some((one) => one.isExclusive)) memory.isExclusive = true;
  else if (replicas.some((one) => one.state === 'ready')) memory.isExclusive = false;
  const { isExclusive } = memory;
  const only = isExclusive ? soleRevision(view) : undefined;
  const wanted: { revision: Revision; id: string; isWaitedFor: boolean }[] = [];
  for (const { revision, desired, replicas: own } of view.running.values()) {
    // One replica of one revision, where each binds the same port: another has ended before it starts.
    if (isExclusive && revision.name !== only) continue;
    const count = isExclusive ? Math.min(1, desired) : desired;
    const plan = arrangeReplicas({
      revision,
      replicas: own,
      taken: new Set(replicas.map((one) => one.id)),
      desired: count,
    });
    for (const id of plan.keep) keep.add(id);
    const others = replicas.some((one) => one.workload.revision !== revision.name || memory.leaving.has(one.id));
    if (isExclusive && others) continue;
    const isComing = own.some((one) => one.state === 'ready' || one.state === 'starting');
    const isWaitedFor = memory.demanded.has(revision.name) && !isComing;
    // A request waits for one replica, not for all that there shall be.
    for (const [index, id] of plan.start.entries())
      wanted.push({ revision, id, isWaitedFor: isWaitedFor && index === 0 });
  }
  for (const id of startInTurn(parts, wanted, view.isvc)) keep.add(id);
  const unavailable = unavailableOf(view);
  const routed = routedService({
    isvc: view.isvc,
    hosts: view.hosts,
    pathPrefix: view.pathPrefix,
    options,
    shares: view.shares,
    revisions: [...view.running.values()].map(({ revision, replicas: own }) => ({
      revision,
      endpoints: own.filter((one) => one.state === 'ready' && keep.has(one.id)),
      backOff: backOffOf(own),
      failure: isFailing(own) && !comesBack(revision.isProven, own) ? firstFailure(own) : undefined,
    })),
    ...(unavailable === undefined ? {} : { unavailable }),
  });
  parts.routes.publish(routed);
  for (const { revision, replicas: own } of view.running.values()) {
    if (own.some((one) => one.state === 'ready')) memory.demanded.delete(revision.name);
  }
  for (const one of replicas) {
    if (keep.has(one.id)) continue;
    parts.departures.begin(one, memory, Math.min(MAX_DRAIN_MS, routed.timeoutMs + 5_000));
  }
  memory.routed = new Set(routed.revisions.flatMap(({ endpoints }) => endpoints.map((one) => one.id)));
  const present = new Set(parts.substrate.replicas().map((one) => one.id));
  for (const set of [memory.leaving, memory.stopped]) for (const id of set) if (!present.has(id)) set.delete(id);
}

/** Starts those whose turn it is; the others wait, and the service is looked at again when it is theirs. */
function startInTurn(
  parts: ReconcilerParts,
  wanted: readonly { revision: Revision; id: string; isWaitedFor: boolean }[],
  isvc: InferenceService,
): string[] {
  const { starts, substrate } = parts;
  const key = `${isvc.metadata.namespace ?? 'default'}/${isvc.metadata.name}`;
  const waited = starts.isWaiting(key);
  const granted = starts.ask(key, wanted);
  const started: string[] = [];
  for (const { revision, id } of wanted) {
    const made = granted.has(id) ? workloadOf(parts, revision, id, isvc) : undefined;
    if (made === undefined || !('workload' in made)) continue;
    starts.started(key, id);
    substrate.start(id, made.workload);
    started.push(id);
  }
  // Its status says so.
  if (starts.isWaiting(key) !== waited) parts.again(key);
  return started;
}

/** The revision that runs where only one can: the newest, unless a part of the requests is to stay with the one before it. */
function soleRevision(view: ServiceView): string | undefined {
  const current = view.tracks[0]?.current?.name;
  const percent = view.isvc.spec.predictor.canaryTrafficPercent ?? 100;
  return percent >= 100 ? (current ?? view.rollout.rolledOut) : (view.rollout.rolledOut ?? current);
}

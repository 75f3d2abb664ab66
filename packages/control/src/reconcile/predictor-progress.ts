import type { InferenceService } from '@berth/api';
import type { StartWait } from '../starts/start-gate.ts';
import { type Progress, waiting } from '../status/failure.ts';
import type { TrafficTarget } from '../traffic/rollout.ts';
import { epochOf } from './current-revision.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { firstFailure, isFailing } from './replica-failure.ts';
import { workloadOf } from './replica-workload.ts';
import type { RunningRevision, ServiceView } from './service-view.ts';

/** How far the predictor is with what the spec asks for. */
export function predictorProgress(
  parts: ReconcilerParts,
  stable: ServiceView['tracks'][number],
  targets: readonly TrafficTarget[],
  isShifted: boolean,
  running: ReadonlyMap<string, RunningRevision>,
  isvc: InferenceService,
): Progress {
  const { track, source, current } = stable;
  if (track.outcome.failure !== undefined) return { state: 'failed', failure: track.outcome.failure };
  // A poll, or bytes that have to be fetched once more, take nothing from a revision that serves; a restart is waited for.
  const isBackground = current?.wasReady === true && current.epoch === epochOf(isvc, track);
  if (source?.state === 'failed' && !isBackground) return { state: 'failed', failure: source.failure };
  if (source?.state === 'fetching' && !isBackground) return waiting('ModelDownloading', source.message);
  if (current === undefined) return waiting('Pending', 'the revision is being made');
  for (const one of running.values()) {
    if (one.desired === 0 || one.replicas.length > 0 || stable.track.workload !== one.revision.workload) continue;
    const made = workloadOf(parts, one.revision, 'probe', isvc);
    if ('failure' in made) return { state: 'failed', failure: made.failure };
    if ('state' in made) return waiting('ModelDownloading', made.message);
  }
  const now = running.get(current.name);
  if (!current.wasReady) {
    const failure = now === undefined ? undefined : firstFailure(now.replicas);
    if (now !== undefined && failure !== undefined && isFailing(now.replicas)) return { state: 'failed', failure };
    if (failure !== undefined) return waiting(failure.reason, failure.message);
    const key = `${isvc.metadata.namespace ?? 'default'}/${isvc.metadata.name}`;
    const turn = now !== undefined && now.replicas.length === 0 ? parts.starts.waitOf(key) : undefined;
    if (turn !== undefined) return waiting('StartQueued', `revision ${current.name} ${turnText(turn)}`);
    return waiting('RevisionStarting', `revision ${current.name} is starting`);
  }
  if (!isShifted) return waiting('TrafficShifting', 'the new revision gets its requests as soon as it is ready');
  for (const target of targets) {
    if (target.percent === 0) continue;
    const one = running.get(target.revision);
    if (one === undefined || one.desired === 0) continue;
    if (one.replicas.some((view) => view.state === 'ready')) continue;
    const failure = firstFailure(one.replicas);
    if (failure !== undefined && isFailing(one.replicas)) return { state: 'failed', failure };
    // A request that comes while a service at zero wakes up is served: it is not less ready than before.
    if (parts.scaler.isWaking(one.revision)) continue;
    return waiting(
      failure?.reason ?? 'ReplicasNotReady',
      failure?.message ?? `no replica of ${target.revision} is ready now`,
    );
  }
  return { state: 'ready' };
}

/** What a replica waits for, and what can be done about it. */
function turnText({ limit, starting, before }: StartWait): string {
  const place = before === 0 ? 'it is the next' : before === 1 ? '1 waits before it' : `${before} wait before it`;
  // A place is kept for what a request waits for.
  const kept = limit > 1 && starting === limit - 1 ? ', and one place is kept for requests' : '';
  return `waits for its turn to start: ${starting} of at most ${limit} start now (berth up --max-starts)${kept}; ${place}`;
}

import type { InferenceService } from '@berth/api';
import { TAG_ROUTING } from '../plan/annotations.ts';
import type { PlatformConfig } from '../plan/platform-config.ts';
import { pathsOf } from '../plan/service-hosts.ts';
import type { Revision } from '../revisions/revision.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import { afterApplied, applicable, trafficTargets, withRollback } from '../traffic/rollout.ts';
import { sharesOf } from '../traffic/shares.ts';
import { claimHosts } from './claim-hosts.ts';
import type { ServiceMemory } from './memory.ts';
import { predictorProgress } from './predictor-progress.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { appliedTargets, rolloutOf } from './rollout-status.ts';
import { replicasToTakeOver, runningRevisions } from './running-revisions.ts';
import { factsOf } from './service-facts.ts';
import type { RunningRevision, ServiceView } from './service-view.ts';

/** A line of revisions with the newest one before the current that was ever ready. */
type KnownTrack = ServiceView['tracks'][number] & { readonly earlier: Revision | undefined };

/** Everything that is known of a service now, and what follows from it: what runs, and where requests go. Changes nothing. */
export function serviceView(
  parts: ReconcilerParts,
  isvc: InferenceService,
  config: PlatformConfig,
  tracks: ServiceView['tracks'],
  revisions: readonly Revision[],
  replicas: readonly ReplicaView[],
  memory: ServiceMemory,
  stopped: boolean,
): ServiceView {
  const byName = new Map(revisions.map((one) => [one.name, one]));
  const fresh = (revision: Revision | undefined) =>
    revision === undefined ? undefined : (byName.get(revision.name) ?? revision);
  const known: KnownTrack[] = tracks.map((one) => ({
    ...one,
    current: fresh(one.current),
    earlier: one.track.revisions
      .map((revision) => byName.get(revision.name))
      .findLast((revision) => revision?.wasReady === true && revision.name !== one.current?.name),
  }));
  const [stable, ...variants] = known as [KnownTrack, ...KnownTrack[]];
  const ready = (revision: string) =>
    replicas.filter(
      (view) => view.workload.revision === revision && view.state === 'ready' && !memory.leaving.has(view.id),
    );
  // A revision scaled to zero serves as well: a request starts it.
  const canServe = (name: string) => ready(name).length > 0 || parts.scaler.isAtZero(isvc, name);
  const applied = appliedTargets(isvc, byName);
  // A revision takes over when it has as many replicas as those that it takes over from.
  const canTakeOver = (name: string) => {
    const count = ready(name).length;
    if (count === 0) return canServe(name);
    const revision = byName.get(name);
    return revision === undefined || count >= replicasToTakeOver(parts, isvc, stable.track, revision, replicas, memory);
  };
  const request = {
    percent: isvc.spec.predictor.canaryTrafficPercent ?? undefined,
    current: stable.current?.name,
    tagsLatest: isvc.metadata.annotations?.[TAG_ROUTING]?.toLowerCase() === 'true',
  };
  const before = rolloutOf(isvc, byName);
  const readyOnes = revisions.filter((one) => one.workload === stable.track.workload && one.wasReady);
  const latestReady = readyOnes.at(-1)?.name ?? before.latestReady;
  const asked = withRollback({ ...before, ...(latestReady === undefined ? {} : { latestReady }) }, request);
  const wanted = trafficTargets(asked, request);
  const targets = stopped ? [] : applicable(wanted, applied, canTakeOver);
  const isShifted = targets === wanted || JSON.stringify(targets) === JSON.stringify(wanted);
  const rollout = isShifted ? afterApplied(asked, targets) : asked;
  // A variant that changes is served by its revision before the change until the new one is ready.
  const servingVariants = variants.map(({ track, current, earlier }) => {
    const serving = [current, earlier].find((one) => one !== undefined && canServe(one.name));
    return { track, serving, current };
  });
  const variantShares = servingVariants.flatMap(({ track, serving }) => {
    const percent = track.variant?.percent ?? 0;
    return serving !== undefined && percent > 0 ? [{ revision: serving.name, percent }] : [];
  });
  const running = stopped
    ? new Map<string, RunningRevision>()
    : runningRevisions(parts, isvc, known, byName, [...targets, ...wanted], servingVariants, replicas, memory);
  const shares = sharesOf(targets, variantShares);
  const paths = pathsOf(factsOf(isvc), config);
  return {
    isvc,
    config,
    tracks: known,
    rollout,
    targets,
    isShifted,
    shares,
    running,
    hosts: claimHosts(isvc, config, servingVariants, targets, memory, parts.hosts, parts.again),
    pathPrefix: paths.prefix,
    predictor: predictorProgress(parts, stable, targets, isShifted, running, isvc),
    ingress: { state: 'ready' },
    stopped,
  };
}

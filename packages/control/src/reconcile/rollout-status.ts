import type { InferenceService } from '@berth/api';
import type { Revision } from '../revisions/revision.ts';
import type { Rollout, TrafficTarget } from '../traffic/rollout.ts';
import type { ServiceView } from './service-view.ts';

/** What the last status says of the rollout, as far as the revisions are still there. */
export function rolloutOf(isvc: InferenceService, byName: ReadonlyMap<string, Revision>): Rollout {
  const component = isvc.status?.components?.predictor;
  const known = (name: string | undefined) => (name !== undefined && byName.has(name) ? name : undefined);
  const latestReady = known(component?.latestReadyRevision);
  const rolledOut = known(component?.latestRolledoutRevision);
  const previousRolledOut = known(component?.previousRolledoutRevision);
  return {
    ...(latestReady === undefined ? {} : { latestReady }),
    ...(rolledOut === undefined ? {} : { rolledOut }),
    ...(previousRolledOut === undefined ? {} : { previousRolledOut }),
  };
}

/** Where the traffic went by the last status. */
export function appliedTargets(isvc: InferenceService, byName: ReadonlyMap<string, Revision>): TrafficTarget[] {
  const traffic = isvc.status?.components?.predictor?.traffic ?? [];
  return traffic
    .filter((one) => byName.has(one.revisionName))
    .map((one) => ({
      revision: one.revisionName,
      percent: one.percent,
      isLatest: one.latestRevision,
      ...(one.tag === 'prev' || one.tag === 'latest' ? { tag: one.tag } : {}),
    }));
}

/** Whether the last status of this generation says that the gateway had taken over just these targets. */
export function wasRoutedSo({ isvc, targets }: ServiceView): boolean {
  const { status } = isvc;
  if (status?.observedGeneration !== isvc.metadata.generation) return false;
  if (status?.conditions?.find((one) => one.type === 'IngressReady')?.status !== 'True') return false;
  const traffic = status.components?.predictor?.traffic ?? [];
  const isSame = (one: TrafficTarget, index: number) =>
    traffic[index]?.revisionName === one.revision && traffic[index]?.percent === one.percent;
  return traffic.length === targets.length && targets.every(isSame);
}

import type { InferenceService, RoutedHost } from '@berth/api';
import type { PlatformConfig } from '../plan/platform-config.ts';
import { hostClaims } from '../plan/service-hosts.ts';
import type { Revision } from '../revisions/revision.ts';
import type { HostRegistry } from '../routes/host-registry.ts';
import type { TrafficTarget } from '../traffic/rollout.ts';
import type { ServiceMemory } from './memory.ts';
import { factsOf } from './service-facts.ts';
import type { Track } from './tracks.ts';

/** A named variant, and the revision of it that gets its requests. */
export interface ServingVariant {
  readonly track: Track;
  readonly current: Revision | undefined;
  readonly serving: Revision | undefined;
}

/**
 * Claims the names that shall lead to a service, to its tagged revisions and to its variants, and gives those that are its
 * own. `again` looks at other services that won or lost a name by it.
 */
export function claimHosts(
  isvc: InferenceService,
  config: PlatformConfig,
  variants: readonly ServingVariant[],
  targets: readonly TrafficTarget[],
  memory: ServiceMemory,
  registry: HostRegistry,
  again: (key: string) => void,
): RoutedHost[] {
  const facts = factsOf(isvc);
  const key = `${facts.namespace}/${facts.name}`;
  const wanted: { workload: string; rank: 0 | 1; revision?: string }[] = [
    { workload: facts.name, rank: 0 },
    { workload: `${facts.name}-predictor`, rank: 1 },
  ];
  for (const target of targets) {
    if (target.tag === undefined) continue;
    wanted.push({ workload: `${target.tag}-${facts.name}-predictor`, rank: 1, revision: target.revision });
    wanted.push({ workload: `${target.tag}-${facts.name}`, rank: 1, revision: target.revision });
  }
  for (const { track, current, serving } of variants) {
    const revision = serving ?? current;
    if (revision !== undefined) wanted.push({ workload: track.workload, rank: 1, revision: revision.name });
  }
  const claims = wanted.flatMap(({ workload, rank, revision }) =>
    hostClaims(facts, workload, config, rank).map((claim) => ({ ...claim, revision })),
  );
  const text = JSON.stringify(claims);
  if (memory.claims !== text) {
    memory.claims = text;
    const affected = registry.claim({ key, createdAt: String(isvc.metadata.creationTimestamp ?? '') }, claims);
    for (const other of affected) again(other);
  }
  const hosts: RoutedHost[] = [];
  for (const { host, revision } of claims) {
    if (registry.owner(host) !== key || hosts.some((one) => one.host === host)) continue;
    hosts.push({ host, ...(revision === undefined ? {} : { revision }) });
  }
  return hosts;
}

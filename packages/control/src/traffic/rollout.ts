/** One target of a service's traffic, as Knative and KServe show it. */
export interface TrafficTarget {
  readonly revision: string;
  /** Whole percent. */
  readonly percent: number;
  /** Whether it follows the newest ready revision. */
  readonly isLatest: boolean;
  readonly tag?: 'prev' | 'latest';
}

/** What is known of a rollout. Names of revisions. */
export interface Rollout {
  /** The newest revision that was ever ready. */
  readonly latestReady?: string;
  /** The last one that had all the traffic. */
  readonly rolledOut?: string;
  /** The one before it. */
  readonly previousRolledOut?: string;
}

/** What is asked for. */
export interface RolloutRequest {
  /** `canaryTrafficPercent`. */
  readonly percent: number | undefined;
  /** The revision of the spec as it is; undefined while it is still being made. */
  readonly current: string | undefined;
  /** Annotation enable-tag-routing: the newest gets the tag `latest`. */
  readonly tagsLatest: boolean;
}

/**
 * KServe's rollback of a completed rollout: a percentage below 100 on a revision that already has everything makes the one
 * before it the rolled-out one again (PropagateStatus).
 */
export function withRollback(rollout: Rollout, request: RolloutRequest): Rollout {
  const { latestReady, rolledOut, previousRolledOut } = rollout;
  const isComplete = rolledOut !== undefined && latestReady === rolledOut && request.current === rolledOut;
  if (!isComplete || request.percent === undefined || request.percent >= 100) return rollout;
  if (previousRolledOut === undefined || previousRolledOut === rolledOut) return rollout;
  return { ...rollout, rolledOut: previousRolledOut };
}

/** Where the traffic shall go (ksvc_reconciler.go): empty while no revision was ever ready. */
export function trafficTargets(rollout: Rollout, request: RolloutRequest): TrafficTarget[] {
  const { latestReady, rolledOut } = rollout;
  if (latestReady === undefined) return [];
  const tag = request.tagsLatest ? { tag: 'latest' as const } : {};
  const { percent } = request;
  if (percent === undefined || rolledOut === undefined) {
    return [{ revision: latestReady, percent: 100, isLatest: true, ...tag }];
  }
  const latest: TrafficTarget = { revision: latestReady, percent, isLatest: true, ...tag };
  if (percent >= 100) return [latest];
  return [latest, { revision: rolledOut, percent: 100 - percent, isLatest: false, tag: 'prev' }];
}

/** What has been rolled out once `applied` is where the traffic goes. */
export function afterApplied(rollout: Rollout, applied: readonly TrafficTarget[]): Rollout {
  const latest = applied.find((one) => one.isLatest);
  if (latest === undefined || latest.percent !== 100 || latest.revision !== rollout.latestReady) return rollout;
  if (rollout.rolledOut === latest.revision) return rollout;
  return {
    ...rollout,
    rolledOut: latest.revision,
    ...(rollout.rolledOut === undefined ? {} : { previousRolledOut: rollout.rolledOut }),
  };
}

/**
 * The targets that can be applied now: the wanted ones as soon as every revision that newly gets traffic can take it,
 * until then those that are applied already.
 */
export function applicable(
  wanted: readonly TrafficTarget[],
  applied: readonly TrafficTarget[],
  canServe: (revision: string) => boolean,
): readonly TrafficTarget[] {
  const serving = new Set(applied.filter((one) => one.percent > 0).map((one) => one.revision));
  const isWaiting = wanted.some((one) => one.percent > 0 && !serving.has(one.revision) && !canServe(one.revision));
  return isWaiting ? applied : wanted;
}

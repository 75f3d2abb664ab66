import type { ScaleDecision, ScalingPolicy } from './types.ts';

/** What the decision is made from. */
export interface KpaInput {
  readonly policy: ScalingPolicy;
  /** Mean of the metric over the stable and the panic window, of all replicas together. */
  readonly stable: number;
  readonly panic: number;
  readonly ready: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** What is remembered between decisions. */
export interface KpaState {
  /** When panic began or was last prolonged; undefined where there is none. */
  readonly panicSince?: number;
  /** The most replicas that were wanted in this panic. */
  readonly panicReplicas: number;
  /** Wanted numbers of the scale-down delay that can still be the most in it, newest last. */
  readonly recent: readonly { readonly at: number; readonly replicas: number }[];
}

export const KPA_START: KpaState = { panicReplicas: 0, recent: [] };

/**
 * Knative's decision (pkg/autoscaler/scaling, Autoscaler.Scale): the number of replicas that brings the metric of each to
 * its target, by the stable window, and by the panic window while the load is at twice what there is room for. Bounded by
 * the rates of growth and decline; in panic never fewer than before. Bounds of the policy come last.
 */
export function decideKpa(
  input: KpaInput,
  state: KpaState,
): { readonly decision: ScaleDecision; readonly state: KpaState } {
  const { policy, stable, panic, now } = input;
  const ready = Math.max(1, input.ready);
  const perReplica = Math.max(0.01, policy.target * policy.targetUtilization);
  const most = Math.ceil(policy.maxScaleUpRate * ready);
  const least = Math.floor(ready / policy.maxScaleDownRate);
  const bounded = (wanted: number) => Math.min(Math.max(wanted, least), most);
  const stableWanted = Math.ceil(stable / perReplica);
  const panicWanted = Math.ceil(panic / perReplica);
  // The activation scale counts for each window where it wants anything at all.
  const activated = (count: number) => Math.max(bounded(count), count > 0 ? policy.activationScale : 0);
  let wanted = activated(stableWanted);
  const isOver = panicWanted / ready >= policy.panicThresholdPercentage / 100;
  let { panicSince, panicReplicas } = state;
  if (isOver) panicSince = now;
  else if (panicSince !== undefined && panicSince + policy.stableWindowMs < now) {
    panicSince = undefined;
    panicReplicas = 0;
  }
  const isPanicking = panicSince !== undefined;
  if (isPanicking) {
    panicReplicas = Math.max(panicReplicas, wanted, activated(panicWanted));
    wanted = panicReplicas;
  }
  // Descending: what is not more than a later number can never be the most again, so this stays short.
  const recent = [
    ...state.recent.filter((one) => one.at > now - policy.scaleDownDelayMs && one.replicas > wanted),
    { at: now, replicas: wanted },
  ];
  if (policy.scaleDownDelayMs > 0) wanted = (recent[0] as { replicas: number }).replicas;
  const replicas = withinBounds(wanted, policy);
  const explanation = `${round(isPanicking ? panic : stable)} ${policy.metric} for a target of ${round(perReplica)} each${isPanicking ? ', in panic' : ''}: ${replicas}`;
  return {
    decision: { replicas, isPanicking, explanation },
    state: {
      ...(panicSince === undefined ? {} : { panicSince }),
      panicReplicas,
      recent: policy.scaleDownDelayMs > 0 ? recent : [],
    },
  };
}

/** `minScale` and `maxScale`. */
export function withinBounds(replicas: number, policy: Pick<ScalingPolicy, 'minScale' | 'maxScale'>): number {
  const most = policy.maxScale === 0 ? Number.POSITIVE_INFINITY : policy.maxScale;
  return Math.min(Math.max(replicas, policy.minScale), most);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

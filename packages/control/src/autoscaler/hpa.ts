import type { ScalingPolicy } from './types.ts';

/** Share of the target within which nothing changes (kube-controller-manager's --horizontal-pod-autoscaler-tolerance). */
const TOLERANCE = 0.1;
/** Wanted numbers of the last five minutes hold against scaling down (downscale stabilisation). */
const STABILIZATION_MS = 300_000;

/** Wanted numbers, newest last. */
export type HpaState = readonly { readonly at: number; readonly replicas: number }[];

/**
 * Replicas by CPU or memory, as a HorizontalPodAutoscaler computes them: `ceil(current × usage / target)`, unchanged
 * within the tolerance, and never fewer than was wanted in the last five minutes.
 */
export function decideHpa(
  input: {
    readonly policy: ScalingPolicy;
    readonly current: number;
    readonly usagePercent: number;
    readonly now: number;
  },
  state: HpaState,
): { readonly replicas: number; readonly state: HpaState } {
  const { policy, current, usagePercent, now } = input;
  const ratio = usagePercent / policy.target;
  const wanted = Math.abs(ratio - 1) <= TOLERANCE ? current : Math.ceil(current * ratio);
  const recent = [...state.filter((one) => one.at > now - STABILIZATION_MS), { at: now, replicas: wanted }];
  const stabilized = wanted < current ? Math.min(current, Math.max(...recent.map((one) => one.replicas))) : wanted;
  const least = Math.max(1, policy.minScale);
  const most = policy.maxScale === 0 ? Number.POSITIVE_INFINITY : policy.maxScale;
  return { replicas: Math.min(Math.max(stabilized, least), most), state: recent };
}

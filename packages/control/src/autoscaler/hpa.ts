import type { ScalingPolicy } from './types.ts';
import { replicasByUtilization, type UtilizationInput } from './utilization.ts';

/** Wanted numbers of the last five minutes hold against scaling down (downscale stabilisation). */
const STABILIZATION_MS = 300_000;
/** Milliseconds between two looks at what replicas use (--horizontal-pod-autoscaler-sync-period). */
export const SYNC_MS = 15_000;
/** A look that comes later than this finds that nobody looked: what is remembered says nothing any more. */
const GAP_MS = 3 * SYNC_MS;

/** Wanted numbers that can still be the most, newest last (monotonic milliseconds). */
export type HpaState = readonly { readonly at: number; readonly replicas: number }[];

/**
 * Replicas by CPU or memory, as a HorizontalPodAutoscaler decides: what the use of the replicas wants, and never fewer than
 * was wanted in the last five minutes; at the start that is the number that is found. Undefined where nothing was measured.
 */
export function decideHpa(
  input: UtilizationInput & { readonly policy: Pick<ScalingPolicy, 'minScale' | 'maxScale'>; readonly now: number },
  state: HpaState,
): { readonly replicas: number; readonly percent: number; readonly state: HpaState } | undefined {
  const { policy, current, now } = input;
  const made = replicasByUtilization(input);
  if (made === undefined) return undefined;
  const last = state.at(-1);
  const known = last === undefined || now - last.at > GAP_MS ? [{ at: now, replicas: current }] : state;
  const recent = [
    ...known.filter((one) => one.at > now - STABILIZATION_MS && one.replicas > made.replicas),
    { at: now, replicas: made.replicas },
  ];
  const wanted = made.replicas < current ? Math.min(current, recent[0]?.replicas ?? current) : made.replicas;
  const most = policy.maxScale === 0 ? Number.POSITIVE_INFINITY : policy.maxScale;
  const replicas = Math.min(Math.max(wanted, 1, policy.minScale), most);
  return { replicas, percent: made.percent, state: recent };
}

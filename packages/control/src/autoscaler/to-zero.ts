import type { ScalingPolicy } from './types.ts';

/** How a revision stands with requests, and since when (monotonic milliseconds): Knative's condition `Active`. */
export interface Activity {
  readonly kind: 'activating' | 'active' | 'inactive';
  readonly since: number;
}

/** What is asked before a revision goes to zero. */
export interface ToZeroInput {
  readonly policy: Pick<ScalingPolicy, 'stableWindowMs' | 'scaleToZeroPodRetentionMs'>;
  /** Replicas that the load wants, within bounds. */
  readonly wanted: number;
  /** Replicas that it shall have now, and those that are ready. */
  readonly current: number;
  readonly ready: number;
  /** Whether anybody asked it since it was made. */
  readonly wasAsked: boolean;
  readonly now: number;
}

/** A revision that nobody has asked yet goes back to zero so long after it was found to work. */
const UNASKED_MS = 2_000;
/** A revision that does not get ready is given up after so long: Knative's progress deadline and half a minute. */
const ACTIVATION_MS = 630_000;

/**
 * Knative's way to zero (pkg/reconciler/autoscaling/kpa, `handleScaleToZero`): a revision is active for a stable window at
 * least; then it is inactive, and its last replica stays for the retention period on top. Knative's grace period lets the
 * activator come into the path of requests; here the gateway always is, so there is nothing to wait for.
 */
export function toZero(
  input: ToZeroInput,
  before: Activity,
): { readonly replicas: number; readonly activity: Activity } {
  const { policy, wanted, current, ready, now } = input;
  const was = (kind: Activity['kind']): Activity => (before.kind === kind ? before : { kind, since: now });
  if (wanted > 0) return { replicas: wanted, activity: was(ready > 0 ? 'active' : 'activating') };
  let activity = before;
  if (activity.kind === 'activating') {
    if (ready > 0) activity = was('active');
    else if (current === 0 || now - activity.since >= ACTIVATION_MS) return { replicas: 0, activity: was('inactive') };
    else return { replicas: current, activity };
  }
  if (activity.kind === 'active') {
    const least = input.wasAsked ? policy.stableWindowMs : UNASKED_MS;
    if (now - activity.since < least) return { replicas: 1, activity };
    activity = was('inactive');
  }
  const isOver = now - activity.since >= policy.scaleToZeroPodRetentionMs;
  return { replicas: isOver ? 0 : current, activity };
}

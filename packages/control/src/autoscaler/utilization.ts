/** What is known of the replicas of a revision, for scaling by what they use. */
export interface UtilizationInput {
  /** What each ready replica uses: cores, or bytes; undefined where it has not been measured yet. */
  readonly used: readonly (number | undefined)[];
  /** Replicas that are there and not ready. */
  readonly unready: number;
  /** What one replica requests, in the same unit. */
  readonly request: number;
  /** Percent of the request that each is to use. */
  readonly target: number;
  /** Replicas that there shall be now. */
  readonly current: number;
}

/** Share of the target within which nothing changes (kube-controller-manager's --horizontal-pod-autoscaler-tolerance). */
const TOLERANCE = 0.1;

/**
 * Replicas that bring the use of each to its target, as a HorizontalPodAutoscaler counts them (kube-controller-manager,
 * pkg/controller/podautoscaler, `GetResourceReplicas`). What was not measured is taken for what argues against a change: all
 * of its request against fewer, nothing against more. Undefined where nothing was measured at all.
 */
export function replicasByUtilization(
  input: UtilizationInput,
): { readonly replicas: number; readonly percent: number } | undefined {
  const { request, target, current, unready } = input;
  const measured = input.used.filter((one) => one !== undefined);
  if (measured.length === 0 || !(request > 0)) return undefined;
  const missing = input.used.length - measured.length;
  const ratioOf = (total: number, count: number) => (total / (request * count)) * (100 / target);
  const total = measured.reduce((sum, one) => sum + one, 0);
  const ratio = ratioOf(total, measured.length);
  const percent = (total / (request * measured.length)) * 100;
  const stays = { replicas: current, percent };
  const ignored = ratio > 1 ? unready : 0;
  if (missing === 0 && ignored === 0) {
    return Math.abs(1 - ratio) <= TOLERANCE ? stays : { replicas: ceil(ratio * measured.length), percent };
  }
  const count = measured.length + missing + ignored;
  const assumed = ratioOf(total + (ratio < 1 ? missing * request * (Math.max(100, target) / 100) : 0), count);
  if (Math.abs(1 - assumed) <= TOLERANCE || assumed > 1 !== ratio > 1) return stays;
  const replicas = ceil(assumed * count);
  const turns = assumed < 1 ? replicas > current : replicas < current;
  return turns ? stays : { replicas, percent };
}

/** Sums of floating-point numbers must not decide about a replica. */
function ceil(value: number): number {
  return Math.ceil(Math.round(value * 1e9) / 1e9);
}

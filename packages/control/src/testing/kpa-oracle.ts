import type { ScalingPolicy } from '../autoscaler/types.ts';

/**
 * Knative's rules of scaling by requests, told once more and as plainly as can be, to hold the autoscaler against: whole
 * seconds, every measurement of the past in one list, nothing that saves time or memory. From knative/serving:
 * pkg/autoscaler/scaling (autoscaler.go), pkg/autoscaler/aggregation (windows), pkg/reconciler/autoscaling/kpa (scaler.go).
 */
export class KpaOracle {
  readonly #policy: ScalingPolicy;
  /** The load of each second; undefined where nobody measured. */
  readonly #loads: (number | undefined)[] = [];
  /** What was decided at each tick, before bounds, for the scale-down delay. */
  readonly #decided: { second: number; pods: number }[] = [];
  #firstAsked: number | undefined;
  #panicSince: number | undefined;
  #panicPods = 0;
  #activeSince: number | undefined;
  #inactiveSince: number | undefined;
  pods: number;

  constructor(policy: ScalingPolicy, pods: number) {
    this.#policy = policy;
    this.pods = pods;
  }

  measure(load: number | undefined): void {
    if (load !== undefined && load > 0) this.#firstAsked ??= this.#loads.length;
    this.#loads.push(load);
  }

  /** Two seconds have passed; so many pods are ready. */
  tick(ready: number): number {
    const policy = this.#policy;
    const second = this.#loads.length - 1;
    const window = Math.ceil(policy.stableWindowMs / 1000);
    const stable = this.#mean(window);
    const panic = this.#mean(Math.ceil((policy.stableWindowMs * policy.panicWindowPercentage) / 100_000));
    if (stable === undefined || panic === undefined) return this.pods;

    const pods = Math.max(ready, 1);
    const target = Math.max(0.01, policy.target * policy.targetUtilization);
    const limit = (count: number) =>
      Math.min(Math.max(count, Math.floor(pods / policy.maxScaleDownRate)), Math.ceil(pods * policy.maxScaleUpRate));
    const wantedBy = (load: number) => {
      const raw = Math.ceil(load / target);
      return raw > 0 && policy.activationScale > limit(raw) ? policy.activationScale : limit(raw);
    };
    const isSurge = Math.ceil(panic / target) / pods >= policy.panicThresholdPercentage / 100;
    if (isSurge) this.#panicSince = second;
    else if (this.#panicSince !== undefined && second - this.#panicSince > policy.stableWindowMs / 1000) {
      this.#panicSince = undefined;
      this.#panicPods = 0;
    }
    let wanted = wantedBy(stable);
    if (this.#panicSince !== undefined) {
      this.#panicPods = Math.max(this.#panicPods, wanted, wantedBy(panic));
      wanted = this.#panicPods;
    }
    this.#decided.push({ second, pods: wanted });
    for (const one of this.#decided) {
      if (second - one.second < policy.scaleDownDelayMs / 1000) wanted = Math.max(wanted, one.pods);
    }
    wanted = Math.max(wanted, policy.minScale);
    if (policy.maxScale > 0) wanted = Math.min(wanted, policy.maxScale);

    // Berth's own: nobody gets fewer before a whole stable window was measured.
    const first = this.#firstAsked ?? 0;
    const unmeasured = this.#loads.slice(Math.max(0, second - window + 1)).filter((one) => one === undefined).length;
    const isWhole = second - first + 1 >= window && unmeasured <= Math.max(2, window / 10);
    if (this.#firstAsked !== undefined && wanted < this.pods && !isWhole) return this.pods;

    this.pods = wanted > 0 ? this.#awake(wanted, ready, second) : this.#asleep(ready, second);
    return this.pods;
  }

  #awake(wanted: number, ready: number, second: number): number {
    this.#inactiveSince = undefined;
    if (ready === 0) this.#activeSince = undefined;
    else this.#activeSince ??= second;
    return wanted;
  }

  #asleep(ready: number, second: number): number {
    if (this.#inactiveSince === undefined) {
      if (this.#activeSince === undefined) {
        if (this.pods === 0) {
          this.#inactiveSince = second;
          return 0;
        }
        if (ready === 0) return this.pods;
        this.#activeSince = second;
      }
      // Berth's own: a revision that nobody has asked needs to have been there for two seconds only.
      const least = this.#firstAsked === undefined ? 2 : this.#policy.stableWindowMs / 1000;
      if (second - this.#activeSince < least) return 1;
      this.#inactiveSince = second;
      this.#activeSince = undefined;
    }
    return second - this.#inactiveSince >= this.#policy.scaleToZeroPodRetentionMs / 1000 ? 0 : this.pods;
  }

  /** A span of one or two seconds without a measurement ends earlier, three seconds back at most: a report may be late. */
  #mean(seconds: number): number | undefined {
    for (let to = this.#loads.length; to >= this.#loads.length - Math.max(0, 3 - seconds); to--) {
      const from = Math.max(to - seconds, this.#firstAsked ?? 0);
      const measured = this.#loads.slice(Math.max(0, from), Math.max(0, to)).filter((one) => one !== undefined);
      if (measured.length === 0) continue;
      const mean = measured.reduce((sum, one) => sum + one, 0) / measured.length;
      return Number(mean.toFixed(6));
    }
    return undefined;
  }
}

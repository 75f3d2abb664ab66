/** How a revision is scaled. Times in milliseconds; names and defaults are Knative's (config-autoscaler). */
export interface ScalingPolicy {
  /** `kpa` by requests, `hpa` by CPU or memory, `none` and `external` leave `minScale` (or what was set) alone. */
  readonly class: 'kpa' | 'hpa' | 'none' | 'external';
  readonly metric: 'concurrency' | 'rps' | 'cpu' | 'memory';
  /** Target per replica before utilization is applied: requests at once, requests a second, percent of the request. */
  readonly target: number;
  /** Share of `target` that is aimed at, 0 to 1; 0.7 for concurrency. */
  readonly targetUtilization: number;
  readonly containerConcurrency: number;
  readonly minScale: number;
  /** 0 is without limit. */
  readonly maxScale: number;
  readonly initialScale: number;
  readonly activationScale: number;
  readonly stableWindowMs: number;
  /** Percent of the stable window. */
  readonly panicWindowPercentage: number;
  /** Percent of the target at which panic begins. */
  readonly panicThresholdPercentage: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  readonly scaleDownDelayMs: number;
  readonly scaleToZeroPodRetentionMs: number;
}

/** What the autoscaler wants of a revision. */
export interface ScaleDecision {
  readonly replicas: number;
  readonly isPanicking: boolean;
  /** For `describe`: why, with the figures. */
  readonly explanation: string;
}

/** A revision's place in the autoscaler, from its first replica to its end. */
export interface RevisionKey {
  readonly namespace: string;
  readonly service: string;
  readonly revision: string;
}

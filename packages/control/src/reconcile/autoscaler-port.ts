import type { InferenceService, RevisionLoad } from '@berth/api';
import type { RevisionKey, ScaleDecision, ScalingPolicy } from '../autoscaler/types.ts';
import type { ReplicaUsage } from '../substrate/substrate.ts';

/** Decides how many replicas a revision shall have, from what the gateway and the replicas report. */
export interface Autoscaler {
  /** Takes up a revision, or tells it how many replicas are ready now. */
  setRevision(key: RevisionKey, policy: ScalingPolicy, readyReplicas: number): void;
  removeRevision(key: RevisionKey): void;
  observe(loads: readonly RevisionLoad[]): void;
  /** A request waits for a revision without a replica. */
  demand(key: RevisionKey): void;
  desired(key: RevisionKey): ScaleDecision;
}

/** Reads a component's policy; `warnings` name what has no effect. */
export type ReadPolicy = (
  isvc: InferenceService,
  component: Readonly<Record<string, unknown>>,
) => { readonly policy: ScalingPolicy; readonly warnings: readonly string[] };

/** What replicas use, by revision. */
export interface RevisionUsage extends RevisionKey {
  readonly replicas: readonly ReplicaUsage[];
}

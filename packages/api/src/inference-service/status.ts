import type { FailureReason } from '../plan/plan.ts';

/** A condition as Kubernetes and Knative write it. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  severity?: 'Info';
  lastTransitionTime: string;
}

/** KServe's states of a model. */
export type ModelStateName = 'Pending' | 'Standby' | 'Loading' | 'Loaded' | 'FailedToLoad';

/** KServe's FailureInfo. */
export interface FailureInfo {
  reason: FailureReason;
  message: string;
  /** Where it failed: a pod, or a URI. */
  location?: string;
  modelRevisionName?: string;
  time: string;
  exitCode?: number;
}

/** KServe's `status.modelStatus`. */
export interface ModelStatus {
  transitionStatus: 'UpToDate' | 'InProgress' | 'BlockedByFailedLoad' | 'InvalidSpec';
  states?: { activeModelState: ModelStateName; targetModelState: ModelStateName };
  lastFailureInfo?: FailureInfo;
  copies?: { failedCopies: number; totalCopies: number };
}

/** A model that the service answers to; an addition of ours to the status. */
export interface ServedModelStatus {
  name: string;
  state: string;
  versions?: string[];
  /** What the file is, e.g. `XGBoost binary, gbtree, 20 trees`. */
  format?: string;
  /** The library that saved it, e.g. `scikit-learn 1.5.2`. */
  library?: string;
  reason?: string;
}

/** A target of a component's traffic, as Knative shows it. */
export interface TrafficTargetStatus {
  revisionName: string;
  latestRevision: boolean;
  percent: number;
  tag?: string;
  url?: string;
}

/** KServe's ComponentStatusSpec. */
export interface ComponentStatus {
  latestReadyRevision?: string;
  latestCreatedRevision?: string;
  previousRolledoutRevision?: string;
  latestRolledoutRevision?: string;
  traffic?: TrafficTargetStatus[];
  url?: string;
  restUrl?: string;
  grpcUrl?: string;
  address?: { url: string };
}

/** A named variant of `spec.canary`. */
export interface CanaryStatus {
  name: string;
  ready: boolean;
  trafficPercent: number;
  modelStatus?: ModelStatus;
}

/** KServe's InferenceService.status; `models`, `runtimeVersion` and `withoutEffect` are additions of ours. */
export interface InferenceServiceStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  url?: string;
  address?: { url: string };
  components?: Record<string, ComponentStatus>;
  modelStatus?: ModelStatus;
  canaryStatuses?: CanaryStatus[];
  deploymentMode?: string;
  servingRuntimeName?: string;
  clusterServingRuntimeName?: string;
  models?: ServedModelStatus[];
  /** The `runtimeVersion` asked for, held against the library that saved the model. */
  runtimeVersion?: { requested: string; library?: string; satisfied?: boolean };
  /** Fields of the spec that are read and do nothing on one machine. */
  withoutEffect?: string[];
}

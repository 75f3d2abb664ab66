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

/** KServe's `status.modelStatus`. */
export interface ModelStatus {
  transitionStatus: 'UpToDate' | 'InProgress' | 'BlockedByFailedLoad' | 'InvalidSpec';
  states?: { activeModelState: ModelStateName; targetModelState: ModelStateName };
  lastFailureInfo?: { reason: FailureReason; message: string; location?: string; time: string };
  copies?: { failedCopies: number; totalCopies: number };
}

/** A model that the service answers to; an addition of ours to the status. */
export interface ServedModelStatus {
  name: string;
  state: string;
  versions?: string[];
  /** What the file is, e.g. `XGBoost binary, gbtree, 20 trees`. */
  format?: string;
  reason?: string;
}

/** KServe's InferenceService.status, with `models` added. */
export interface InferenceServiceStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  url?: string;
  address?: { url: string };
  components?: Record<string, { url?: string; restUrl?: string; grpcUrl?: string; latestReadyRevision?: string }>;
  modelStatus?: ModelStatus;
  deploymentMode?: string;
  servingRuntimeName?: string;
  clusterServingRuntimeName?: string;
  models?: ServedModelStatus[];
}

import type { PlanFailure, ProtocolVersion, RuntimeFlavour, ServingRuntime } from '@berth/api';
import type { ContainerPort, Probe } from '../substrate/substrate.ts';

/** Where the value of a variable comes from, when it is not written down. */
export type EnvSource =
  | { readonly kind: 'Secret' | 'ConfigMap'; readonly name: string; readonly key: string; readonly optional: boolean }
  /** Kubernetes' downward API, e.g. `metadata.name`. */
  | { readonly kind: 'field'; readonly path: string }
  /** E.g. `limits.memory`, in units of `divisor`. */
  | { readonly kind: 'resource'; readonly resource: string; readonly divisor?: string };

/** A variable of a component's environment, in order; `$(OTHER)` in a value is not yet expanded. */
export type PlannedVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly from: EnvSource };

/** All keys of a Secret or ConfigMap as variables. */
export interface PlannedVariables {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly prefix: string;
  readonly optional: boolean;
}

/** How a component is run, before its environment and files are known. */
export type RunnerPlan =
  | {
      readonly kind: 'native';
      /** Empty where the model's files tell it. */
      readonly format: string;
      readonly flavour: RuntimeFlavour;
      readonly multiModel: boolean;
      readonly args: readonly string[];
    }
  | {
      readonly kind: 'command';
      readonly command: readonly string[];
      readonly args: readonly string[];
      readonly ports: readonly ContainerPort[];
    }
  | {
      readonly kind: 'container';
      readonly image: string;
      readonly command?: readonly string[];
      readonly args: readonly string[];
      readonly ports: readonly ContainerPort[];
    };

/** Model files, and where a replica sees them. */
export interface PlannedModel {
  readonly mountPath: string;
  readonly uri?: string;
  readonly storage?: {
    readonly key?: string;
    readonly path?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  };
}

/** How one component of a service is run. Plain data without the value of any Secret; kept in revisions. */
export interface ComponentPlan {
  readonly namespace: string;
  readonly service: string;
  readonly component: 'predictor' | 'transformer' | 'explainer';
  /** `predictor.name`: what a named variant is called. */
  readonly variant?: string;
  readonly runtime?: { readonly name: string; readonly kind: ServingRuntime['kind'] };
  /** As written; an image's tag, or the version of a library for a native runner. */
  readonly runtimeVersion?: string;
  readonly protocol: ProtocolVersion;
  readonly runner: RunnerPlan;
  readonly env: readonly PlannedVariable[];
  readonly envFrom: readonly PlannedVariables[];
  readonly models: readonly PlannedModel[];
  /** What of the environment speaks of how files are fetched. */
  readonly storageEnv: Readonly<Record<string, string>>;
  readonly serviceAccountName?: string;
  /** The only bytes that may be served; lower-case hex. */
  readonly sha256?: string;
  readonly workingDir?: string;
  readonly probes: { readonly startup?: Probe; readonly readiness?: Probe; readonly liveness?: Probe };
  readonly limits: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, string>>;
  readonly terminationGraceSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Requests that one replica takes at once; 0 is without limit. */
  readonly containerConcurrency: number;
}

/** A field that is read and checked and has no effect on one machine. */
export interface FieldWithoutEffect {
  /** E.g. `spec.predictor.nodeSelector`. */
  readonly field: string;
  readonly why: string;
  /** Whether answers would be others if it had one. */
  readonly matters: boolean;
}

/** What came of planning a component. */
export interface PlanOutcome {
  readonly plan?: ComponentPlan;
  readonly failure?: PlanFailure;
  readonly runtime?: { readonly name: string; readonly kind: ServingRuntime['kind'] };
  /** Why this runtime, or why none of its own is needed. */
  readonly explanation: string;
  readonly warnings: readonly string[];
  readonly withoutEffect: readonly FieldWithoutEffect[];
}

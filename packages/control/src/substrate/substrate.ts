import type { Address, FailureReason, ProtocolVersion, RuntimeFlavour } from '@berth/api';

/** Berth's own server, started by its command line. */
export interface NativeRunner {
  readonly kind: 'native';
  /** Model format, e.g. `sklearn`; `triton` for a repository in Triton's layout. */
  readonly format: string;
  readonly flavour: RuntimeFlavour;
  readonly protocol: ProtocolVersion;
  /** Undefined where the model's folder names its models (Triton). */
  readonly modelName: string | undefined;
  readonly predictProba: boolean;
  readonly threads: number;
  /** Arguments of the peer's server as written, e.g. `--workers=2`. */
  readonly args: readonly string[];
  /** Starts empty and loads models by name (TrainedModel). */
  readonly multiModel: boolean;
}

/** A port that a container declares. */
export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
}

/** A command of the user's, run as a process. */
export interface CommandRunner {
  readonly kind: 'command';
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly ports: readonly ContainerPort[];
}

/** A container image, run by podman, docker or nerdctl. */
export interface ContainerRunner {
  readonly kind: 'container';
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly ports: readonly ContainerPort[];
}

export type Runner = NativeRunner | CommandRunner | ContainerRunner;

/** Kubernetes' Probe, as written; the substrate reads httpGet, tcpSocket, exec, grpc and the numbers. */
export type Probe = Readonly<Record<string, unknown>>;

/** Files that a replica sees. */
export interface ModelMount {
  /** E.g. `/mnt/models`. */
  readonly mountPath: string;
  /** A file or folder on this machine. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** How every replica of one revision is run. Plain data; survives as JSON. */
export interface Workload {
  readonly namespace: string;
  /** The InferenceService. */
  readonly service: string;
  readonly revision: string;
  readonly component: 'predictor' | 'transformer' | 'explainer';
  readonly runner: Runner;
  /** Complete, with what came from Secrets; never logged. */
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly ModelMount[];
  readonly workingDir?: string;
  readonly probes: { readonly startup?: Probe; readonly readiness?: Probe; readonly liveness?: Probe };
  /** Kubernetes quantities, e.g. `{ cpu: '500m', memory: '2Gi' }`. */
  readonly limits: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, string>>;
  readonly terminationGraceSeconds: number;
  /** Labels of the pod. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A model as a running replica reports it. */
export interface ReplicaModel {
  readonly name: string;
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE';
  readonly versions?: readonly string[];
  readonly reason?: string;
  readonly message?: string;
  /** What the file is, e.g. `XGBoost binary, gbtree, 20 trees`. */
  readonly format?: string;
  /** The library that saved it, where the file tells. */
  readonly library?: { readonly name: string; readonly version: string };
  readonly loadMilliseconds?: number;
  readonly firstAnswerMilliseconds?: number;
  /** Of a multi-model replica: which content of the name. */
  readonly digest?: string;
}

/** Why a replica is not ready. */
export interface ReplicaFailure {
  /** CamelCase, for conditions: CrashLoopBackOff, OOMKilled, ModelLoadFailed, NeedsContainerEngine, CommandNotAllowed, … */
  readonly reason: string;
  readonly kserveReason: FailureReason;
  readonly message: string;
  readonly exitCode?: number;
  /** Last lines that it wrote, oldest first. */
  readonly logTail: readonly string[];
  /** Whether trying again without a change is pointless. */
  readonly isFinal: boolean;
}

/** A replica (a pod) as it is now. */
export interface ReplicaView {
  /** The pod's name. */
  readonly id: string;
  readonly workload: Workload;
  readonly state: 'starting' | 'ready' | 'unready' | 'failed' | 'stopping';
  readonly endpoint?: { readonly http: Address; readonly grpc?: Address };
  /** How often its process was started anew. */
  readonly restarts: number;
  /** Ends of its process since it last served for a second: one that is killed now and then has few, however often it was started. */
  readonly failedRuns: number;
  readonly startedAt: string;
  readonly pid?: number;
  /** Set while it is failed or unready, and kept while it starts again. */
  readonly failure?: ReplicaFailure;
  /**
   * While it has failed and waits for its next start: when that is, in milliseconds of the machine's monotonic clock
   * (`process.hrtime`), which all processes share and nobody sets.
   */
  readonly startsAgainAt?: number;
  readonly models: readonly ReplicaModel[];
  /** Things to say about how it runs, e.g. that it shares the machine's ports; for events. */
  readonly notes: readonly string[];
  /** Binds a port of its own choosing: only one can run at a time, and it must stop before the next starts. */
  readonly isExclusive: boolean;
}

/** What replicas use, for `top` and CPU targets. */
export interface ReplicaUsage {
  readonly id: string;
  /** CPU time used since its start. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** Where replicas run. A replica restarts by itself with back-off until it is stopped. */
export interface Substrate {
  /** Returns at once; what comes of it is seen in `replicas()`. An id that is there already is left as it is. */
  start(id: string, workload: Workload): void;
  /** SIGTERM, then SIGKILL after the grace time; the replica goes from `replicas()` when it has ended. */
  stop(id: string): void;
  replicas(): readonly ReplicaView[];
  usage(): readonly ReplicaUsage[];
  /** Called after each change of a replica, also when it has gone (`undefined`). Returns how to stop. */
  onChange(listener: (id: string, view: ReplicaView | undefined) => void): () => void;
}

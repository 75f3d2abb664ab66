import type { Flavour } from '@berth/formats';
import type { ErrorCode, InferRequest, InferResponse, Model } from '@berth/inference';

/** The states of Triton's repository index; a version that never loaded is UNAVAILABLE with a reason. */
export type ModelState = 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE';

/** One version of a served model. `model` is there in state READY, and in UNLOADING until its last request ended. */
export interface ServedVersion {
  readonly version: string;
  readonly state: ModelState;
  /** Why it is UNAVAILABLE, for people. */
  readonly reason?: string;
  readonly model?: Model;
  /** Milliseconds that load and warm-up took, once READY. */
  readonly loadMs?: number;
}

/** A model by name, with its versions, highest first. */
export interface ServedModel {
  readonly name: string;
  readonly flavour: Flavour;
  readonly versions: readonly ServedVersion[];
  /** Whether the files name their versions (Triton layout, `parameters.version`); else there is one, unnamed: "". */
  readonly versioned: boolean;
}

/** What a name resolves to: made when a model changes, so that a request only looks it up. */
export interface Resolved {
  readonly served: ServedModel;
  readonly version: ServedVersion;
  readonly model: Model;
  /** Whoever keeps the model over a promise says so here; an unload waits for it. */
  readonly inFlight?: { begin(): void; end(): void };
}

/** Where the models of one service live: look-up on the hot path, load and unload beside it. */
export interface ModelRepository {
  /**
   * The READY version to answer with; without `version` the highest READY one.
   * @throws InferenceError NOT_FOUND (with a close name, if any) or NOT_READY.
   */
  resolve(name: string, version?: string): Resolved;
  /** The model, whatever its state; undefined where the name is unknown. */
  find(name: string): ServedModel | undefined;
  /** Every known model, by name. */
  list(): readonly ServedModel[];
  /** Loads (or reloads: the old one serves until the new one is READY) by name under the configured root. */
  load(name: string): Promise<void>;
  /** Stops taking requests at once, resolves when the last one ended and the model is closed. */
  unload(name: string): Promise<void>;
  /** Whether every model that was asked to load is READY. */
  ready(): boolean;
  /**
   * Loads a model that is not in memory and may be asked for; resolves when the load has ended, well or badly, or has taken
   * too long. Undefined where there is nothing to wait for. Absent where all models are in memory.
   */
  wake?(name: string): Promise<void> | undefined;
  /** Whether the next request to the model loads it: it is as good as ready. */
  isAsleep?(name: string): boolean;
  close(): Promise<void>;
}

/**
 * One InferenceService (or the whole of `berth serve`) inside this server process. The Host header, `:authority` or the
 * `/serving/{namespace}/{name}` prefix picks it first, so that equal model names in two services never meet.
 */
export interface Service {
  readonly namespace: string;
  readonly name: string;
  /** Lower-case host names without port that pick this service. Empty on the default service. */
  readonly hosts: readonly string[];
  /** Flavour for server-level routes and for names that are unknown. */
  readonly flavour: Flavour;
  readonly repository: ModelRepository;
}

/** Counters of one model version, in Triton's statistics terms; durations in nanoseconds. */
export interface ModelStatistics {
  lastInferenceMs: number;
  inferenceCount: number;
  executionCount: number;
  success: { count: number; ns: number };
  fail: { count: number; ns: number };
  queue: { count: number; ns: number };
  computeInput: { count: number; ns: number };
  computeInfer: { count: number; ns: number };
  computeOutput: { count: number; ns: number };
}

/** How a request came: a label of the request counters. */
export type WireProtocol = 'v1' | 'v2' | 'grpc';

/** What happens to one request between a protocol and a model: bounds, statistics, metrics. Shared by HTTP and gRPC. */
export interface Dataplane {
  /**
   * Answers with the model; checks names, datatypes and shapes against its metadata, refuses when too many wait, counts.
   * @throws InferenceError
   */
  infer(
    service: Service,
    name: string,
    version: string | undefined,
    request: InferRequest,
    protocol?: WireProtocol,
  ): InferResponse | Promise<InferResponse>;
  /**
   * Counts a request that never reached `infer` (its body could not be decoded) or failed after it (its answer could
   * not be encoded), so that each request is counted once. A name that is unknown gets no series of its own.
   */
  recordFailure(
    service: Service,
    name: string,
    version: string | undefined,
    protocol: WireProtocol,
    code: ErrorCode,
  ): void;
  /** Adds what decoding and encoding a request took, in seconds, to the model's histograms and statistics. */
  recordTransfer(resolved: Resolved, decodeSeconds: number, encodeSeconds: number): void;
  /** Statistics of the given model versions, or of all. */
  statistics(
    service: Service,
    name?: string,
    version?: string,
  ): readonly { name: string; version: string; statistics: ModelStatistics }[];
}

/** Picks the service of a request; undefined means 404. */
export interface ServiceRouter {
  byHost(host: string | undefined): Service | undefined;
  byPath(namespace: string, name: string): Service | undefined;
  readonly services: readonly Service[];
}

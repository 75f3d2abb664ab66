import type { Tensor } from './tensor.ts';

/** The bytes of a graph and of the files that it refers to, all in memory: an engine opens no file. */
export interface GraphSource {
  readonly model: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Whether the engine may take the memory away: nobody else holds it. Else it copies. */
  readonly owned: boolean;
}

/** How a graph is to be run. */
export interface GraphSessionOptions {
  /** Called once for each worker that starts, also for the one that replaces a lost one. */
  readonly source: () => Promise<GraphSource>;
  /**
   * `thread` shares the process; `process` can be killed, for graphs that may compute without end or take any amount of
   * memory.
   */
  readonly isolation: 'thread' | 'process';
  /**
   * Whether the graph is opened in a process first, and refused where it takes that down: native code that meets a hostile
   * graph may crash, and a thread would take the server with it.
   */
  readonly probe: boolean;
  /** Requests computed at the same time. */
  readonly workers: number;
  /** Threads for one request. */
  readonly threads: number;
  /** Requests that may wait; one more is refused as OVERLOADED. */
  readonly maxQueue: number;
  readonly loadTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly onWarning?: (message: string) => void;
}

/** A loaded graph. */
export interface GraphSession {
  /**
   * Computes the named outputs; tensors of every datatype but BF16.
   * @throws InferenceError INVALID_INPUT, OVERLOADED, DEADLINE, CANCELLED, or NOT_READY where the worker was lost.
   */
  run(inputs: readonly Tensor[], outputs: readonly string[], signal?: AbortSignal): Promise<Tensor[]>;
  /** Ends the workers; resolves when they are gone. */
  close(): Promise<void>;
}

/** An engine that runs graphs, in a workspace of its own because it is large. */
export interface GraphEngine {
  /** The engine's name and version, for people. */
  readonly version: string;
  /** @throws LoadError */
  open(options: GraphSessionOptions): Promise<GraphSession>;
}

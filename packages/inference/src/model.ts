import type { Datatype } from './datatype.ts';
import type { Parameters, Tensor } from './tensor.ts';

/** One input or output that a model declares. A dimension of -1 is any size. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** For people: class labels of a probability output, categories of a column, and so on. */
  readonly labels?: readonly string[];
}

/** How the tensors of a request are to be read. */
export type InputLayout =
  /** Tensors as the client sent them (v2). */
  | 'tensors'
  /** Each tensor is one column of a table, by name (v1 instances that are objects, content type `pd`). */
  | 'columns'
  /** Each tensor is one column of a table, by position: names are "0", "1", … (v1 rows that mix text and numbers). */
  | 'positional';

/** A request in the server's own terms: every protocol decodes to this. */
export interface InferRequest {
  readonly inputs: readonly Tensor[];
  readonly layout: InputLayout;
  /** Names of the outputs to compute; empty means the model's default ones. */
  readonly outputs: readonly string[];
  readonly parameters?: Parameters;
  /** Aborted when the client has gone or its deadline has passed. */
  readonly signal?: AbortSignal;
}

/** The computed tensors, in the model's order. */
export interface InferResponse {
  readonly outputs: readonly Tensor[];
  readonly parameters?: Parameters;
}

/** What a model says of itself. */
export interface ModelMetadata {
  /** Open Inference Protocol platform, e.g. `sklearn`, `xgboost`, `lightgbm`, `onnxruntime_onnx`. */
  readonly platform: string;
  /** What a settings file calls the platform: shown in place of `platform`, which still says what the model is. */
  readonly declaredPlatform?: string;
  readonly inputs: readonly TensorSpec[];
  /** Everything that may be asked for by name. */
  readonly outputs: readonly TensorSpec[];
  /** What a request that asks for nothing gets; each is in `outputs`. */
  readonly defaultOutputs: readonly string[];
  /** The names of the table's columns in training order, where the model knows them. */
  readonly columns?: readonly string[];
  /** The classes of a classifier in its own order, as text. */
  readonly classes?: readonly string[];
  /** Free facts for people: library version, class name, number of trees, … */
  readonly properties: ReadonlyMap<string, string>;
}

/** A model that is ready to answer. Formats make it, the server calls it. */
export interface Model {
  readonly metadata: ModelMetadata;
  /** Triton's ModelConfig, ready for JSON, of a model in Triton's layout or flavour. */
  readonly config?: unknown;
  /**
   * Computes the asked outputs. Synchronous models return the response itself, others a promise.
   * A batch has its rows in dimension 0 of each input.
   * @throws InferenceError INVALID_INPUT for what the client can fix; its text names the input, the row and the column.
   */
  infer(request: InferRequest): InferResponse | Promise<InferResponse>;
  /** Frees threads, memory and handles; resolves when they are gone. May be called more than once. */
  close(): Promise<void>;
}

import type { Model } from '@berth/inference';

/**
 * Which peer's habits a runtime follows: it decides a model's default outputs (a KServe xgboost server answers
 * `Booster.predict`, MLServer answers the scikit-learn wrapper's `predict`) and, in the server, the wire's small print.
 */
export type Flavour = 'kserve' | 'mlserver' | 'triton' | 'tensorflow' | 'torchserve';

/** One regular file of a model folder. */
export interface ModelFile {
  /** Path relative to the folder, with `/`; for a bare file its own name. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** What a load needs to know besides the files. */
export interface LoadOptions {
  /** The name it is served under, for error texts; default `model`. */
  readonly name?: string;
  readonly flavour: Flavour;
  /** `PREDICT_PROBA=true`: a classifier's default output is its probabilities. */
  readonly predictProba?: boolean;
  /** Threads an engine may use for one request (`--nthread`); default 1. */
  readonly threads?: number;
  /** Bytes one file may have and may decompress to; default 10 GiB. */
  readonly maxBytes?: number;
  /** Milliseconds that an engine may compute one request; default 60,000. */
  readonly timeoutMs?: number;
  /** Called with a sentence for people, e.g. "saved by scikit-learn 0.19, newer than …". */
  readonly onWarning?: (message: string) => void;
}

/** What `berth inspect` tells, read without running anything. */
export interface Inspection {
  readonly format: string;
  /** E.g. `SVC`, `Pipeline(StandardScaler, LogisticRegression)`, `gbtree multi:softprob, 300 trees`. */
  readonly summary: string;
  /** Version of the library that saved it, where the file says. */
  readonly libraryVersion?: string;
  readonly sizeBytes: number;
  readonly model?: Model['metadata'];
  /** Of a graph: its operators and how often each stands in it, the most frequent first. */
  readonly operators?: readonly { readonly name: string; readonly count: number }[];
  readonly warnings: readonly string[];
}

/** A model format: one folder in this package, one entry in the registry. Knows nothing of protocols. */
export interface ModelFormat {
  /** KServe's `modelFormat.name`: `sklearn`, `xgboost`, `lightgbm`, `onnx`. */
  readonly name: string;
  /** Whether the content (not the name) is of this format, from the file's first bytes. */
  sniff(head: Uint8Array, path: string): boolean;
  /**
   * Reads one model file (or, for formats that need one, a folder) and builds its evaluator.
   * @throws LoadError with a reason and a text for people.
   */
  load(path: string, options: LoadOptions): Promise<Model>;
}

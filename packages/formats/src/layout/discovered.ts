import type { LoadError, TensorSpec } from '@berth/inference';
import type { TritonConfig } from './triton-config.ts';

/** The model formats that can be served. KServe's `modelFormat.name`. */
export type FormatName = 'sklearn' | 'xgboost' | 'lightgbm' | 'onnx';

/** What a model's `model-settings.json` (MLServer's) says, as far as it is acted on. */
export interface ModelSettings {
  readonly name?: string;
  /** `parameters.version`, any text. */
  readonly version?: string;
  /** `platform`, which the metadata then repeats. */
  readonly platform?: string;
  /** `parameters.content_type`: how a tensor without one is to be read. */
  readonly contentType?: string;
  readonly inputs?: readonly DeclaredTensor[];
  readonly outputs?: readonly DeclaredTensor[];
  /** `parameters.extra`, as it stands. */
  readonly extra?: ReadonlyMap<string, unknown>;
}

/** A tensor that a settings file declares, with the content type it asks for. */
export interface DeclaredTensor extends TensorSpec {
  readonly contentType?: string;
}

/** One model (one version of it) that a path holds, or the reason why a sub-folder holds none. */
export interface DiscoveredModel {
  /** Name to serve it under. */
  readonly name: string;
  /** The version that the files name (Triton's folder, `parameters.version`); absent where they name none. */
  readonly version?: string;
  /** Absent where there is a `problem`. */
  readonly format?: FormatName;
  /** Absolute path of the model file; with a `problem`, of the folder or file that has it. */
  readonly path: string;
  /** Absolute path of the folder that belongs to the model: `warmup.json`, label files, external data lie under it. */
  readonly folder: string;
  readonly settings?: ModelSettings;
  /** The model's `config.pbtxt`; absent outside Triton's layout or where there is none. */
  readonly triton?: TritonConfig;
  /** Whether it lies in Triton's layout, with or without a `config.pbtxt`. */
  readonly tritonLayout?: boolean;
  /** Sentences for people: a field that nothing acts on, an environment variable that lost against a file. */
  readonly warnings: readonly string[];
  /** Why it can not be loaded. Such a model is known by name and never READY. */
  readonly problem?: LoadError;
}

/** What is known about a path besides its files. */
export interface DiscoverOptions {
  /** The declared format; without one it is told by content. */
  readonly format?: string;
  /** Name for the one model of a bare file or a folder with one model file; default the file's or folder's own. */
  readonly name?: string;
  /** For `MLSERVER_MODEL_*`, which a settings file overrides; default none. */
  readonly environment?: ReadonlyMap<string, string>;
  /** Told what was passed over, e.g. a sub-folder without a model. */
  readonly onWarning?: (message: string) => void;
  /** Most entries a folder tree may have; default 100,000. */
  readonly maxEntries?: number;
}

import { LoadError } from '@berth/inference';

/** What `Booster.predict` takes. */
export interface XgboostPredictOptions {
  /** Leave the sums as they are, without the objective's transform (`output_margin`). */
  readonly margin?: boolean;
  /** Use only the first so many boosting rounds (`iteration_range=(0, n)`); 0 or absent means all. */
  readonly iterationEnd?: number;
}

/** Row-major predictions: `data.length` is rows × `cols`; the library answers shape [n] where `cols` is 1. */
export interface XgboostPrediction {
  readonly data: Float32Array;
  readonly cols: number;
}

/** An XGBoost model that was read from any of its file formats. */
export interface XgboostBooster {
  /** Columns of the training matrix. */
  readonly numFeatures: number;
  readonly featureNames?: readonly string[];
  /** XGBoost's own: `float`, `int`, `i` (indicator), `q` (quantity), `c` (categorical). */
  readonly featureTypes?: readonly string[];
  /** E.g. `binary:logistic`. */
  readonly objective: string;
  /** As in the file: 0 where the objective is no multi-class one. */
  readonly numClass: number;
  readonly numTargets: number;
  /** Number of trees; 0 for gblinear. */
  readonly trees: number;
  /** Boosting rounds. */
  readonly iterations: number;
  /** The `best_iteration` attribute of early stopping, where the file has it. */
  readonly bestIteration?: number;
  /** `Booster.attributes()`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** `gbtree`, `dart` or `gblinear`. */
  readonly boosterName: string;
  /** Version that wrote the file, where it says. */
  readonly version?: string;
  /** `json`, `ubjson` or `binary`. */
  readonly encoding: 'json' | 'ubjson' | 'binary';
  /**
   * What `Booster.predict` answers for `nRows` rows of `numFeatures` numbers, computed in float32 in the library's order.
   * NaN is a missing value.
   */
  predict(rows: Float32Array, nRows: number, options?: XgboostPredictOptions): XgboostPrediction;
}

/**
 * Reads a model as XGBoost 0.82 to 3.x writes it: JSON, UBJSON, the old binary format, or what a pickled Booster holds
 * (the same, with training settings around it). Told by content.
 * @throws LoadError CorruptModel or UnsupportedModel that names the tree and the node.
 */
export function parseXgboost(_bytes: Uint8Array): XgboostBooster {
  throw new LoadError('UnsupportedModel', 'XGBoost models are not read yet');
}

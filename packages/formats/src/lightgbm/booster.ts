import { LoadError } from '@berth/inference';

/** What `Booster.predict` takes. */
export interface LightgbmPredictOptions {
  /** Leave the sums as they are, without the objective's transform (`raw_score`). */
  readonly raw?: boolean;
  /** Use only the first so many boosting rounds (`num_iteration`); 0 or absent means all that the file holds. */
  readonly iterationEnd?: number;
}

/** Row-major predictions: `data.length` is rows × `cols`; the library answers shape [n] where `cols` is 1. */
export interface LightgbmPrediction {
  readonly data: Float64Array;
  readonly cols: number;
}

/** A LightGBM model that was read from its text format. */
export interface LightgbmBooster {
  /** Columns of the training table (`max_feature_idx` + 1). */
  readonly numFeatures: number;
  /** As in the file: blanks are underscores there. */
  readonly featureNames: readonly string[];
  /** The objective's name, e.g. `binary`; `custom` where the file has none. */
  readonly objective: string;
  /** 1 unless the objective is a multi-class one. */
  readonly numClass: number;
  readonly trees: number;
  readonly iterations: number;
  /** `v2`, `v3` or `v4`; the releases before wrote none. */
  readonly formatVersion?: string;
  /**
   * Categories of each categorical column in training order, as the library's Python package wrote them
   * (`pandas_categorical`): the n-th list belongs to the n-th column of pandas type category.
   */
  readonly pandasCategorical?: readonly (readonly (string | number | boolean | null)[])[];
  /** What `Booster.predict` answers for `nRows` rows of `numFeatures` numbers. NaN is a missing value. */
  predict(rows: Float64Array, nRows: number, options?: LightgbmPredictOptions): LightgbmPrediction;
}

/**
 * Reads LightGBM's text model (versions 2 to 4).
 * @throws LoadError CorruptModel or UnsupportedModel that names the tree and the node.
 */
export function parseLightgbm(_text: string | Uint8Array): LightgbmBooster {
  throw new LoadError('UnsupportedModel', 'LightGBM models are not read yet');
}

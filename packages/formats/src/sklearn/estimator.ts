import type { NdArray } from '../numpy/ndarray.ts';
import type { PyObject, PyValue } from '../pickle/values.ts';

/**
 * A dense table of numbers, row-major. `data` is always float64; `dtype` says what numpy would hold, because scikit-learn
 * keeps float32 where it came as float32: an estimator that does so rounds its results with `Math.fround`.
 */
export interface Matrix {
  readonly kind: 'matrix';
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
  readonly dtype: 'float64' | 'float32' | 'int64' | 'bool';
  /** Names of the columns where they are known (DataFrame input, `get_feature_names_out`). */
  readonly names?: readonly string[];
}

/** A compressed sparse row matrix, as `scipy.sparse.csr_matrix`. */
export interface SparseMatrix {
  readonly kind: 'sparse';
  readonly rows: number;
  readonly cols: number;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly data: Float64Array;
  readonly dtype: 'float64' | 'float32' | 'int64' | 'bool';
}

/** A cell of an object column: text, a number, a boolean, or null for None/NaN. */
export type Cell = string | number | boolean | null;

/** One column of a frame. `object` columns hold text or mixed cells. */
export type Column =
  | { readonly kind: 'number'; readonly name: string; readonly data: Float64Array; readonly dtype: Matrix['dtype'] }
  | { readonly kind: 'object'; readonly name: string; readonly data: readonly Cell[] };

/**
 * A table whose columns differ in kind: a pandas DataFrame (`named`), or a numpy object array (not named: "0", "1", …).
 * A list of documents for a text vectoriser is a frame of one object column.
 */
export interface Frame {
  readonly kind: 'frame';
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly named: boolean;
  /** Set where numpy would have made an array of str_ of the rows: an encoder takes it, an estimator that computes does not. */
  readonly strings?: boolean;
}

/** What flows from one step to the next. */
export type Table = Matrix | SparseMatrix | Frame;

/** A fitted estimator, evaluated natively. Methods it has not are absent, as in scikit-learn. */
export interface Estimator {
  /** E.g. `LogisticRegression`. */
  readonly className: string;
  readonly kind: 'classifier' | 'regressor' | 'transformer' | 'clusterer' | 'outlier';
  /** `n_features_in_`, where the file has it. */
  readonly nFeaturesIn?: number;
  /** `feature_names_in_`, where the file has it. */
  readonly featureNamesIn?: readonly string[];
  /** How a column's name is spelled in `featureNamesIn` (LightGBM writes blanks as underscores). */
  columnSpelling?(name: string): string;
  /**
   * The columns that are needed when they are looked up by name (a ColumnTransformer: those it does not drop); other
   * columns may then be absent, and unknown ones are ignored. Absent: exactly `featureNamesIn`.
   */
  readonly requiredFeatures?: readonly string[];
  /** Whether it takes one text a row (a text vectoriser), not a table. */
  readonly takesDocuments?: boolean;
  /** Whether text cells are data to it (encoders, vectorisers), not numbers to be parsed. */
  readonly acceptsText?: boolean;
  /** `classes_`; one array per output for multi-output classifiers. */
  readonly classes?: readonly NdArray[];
  /** Number of targets of `predict`; 1 gives shape [n], more gives [n, outputs]. */
  readonly outputs?: number;
  predict?(x: Table): NdArray;
  /** One array [n, classes]; several for a multi-output classifier. */
  predictProba?(x: Table): NdArray | readonly NdArray[];
  predictLogProba?(x: Table): NdArray | readonly NdArray[];
  decisionFunction?(x: Table): NdArray;
  transform?(x: Table): Table;
  /** Names of the columns that `transform` gives, for ColumnTransformer's look-up by name. */
  featureNamesOut?(input: readonly string[]): readonly string[];
  /** One line for people, default the class name. */
  describe?(): string;
}

/** What a builder gets besides the object. */
export interface BuildContext {
  /** Builds a nested estimator; the text `passthrough`, `drop` and null are the caller's to handle. */
  build(value: PyValue, role: string): Estimator;
  /** scikit-learn's version that saved the nearest enclosing object (`_sklearn_version`), e.g. `0.24.2`, or undefined. */
  readonly version: string | undefined;
  /** Whether numpy 2 saved the file: up to numpy 1 a lone float64 left arrays of float32 what they are. */
  readonly numpy2: boolean;
  warn(message: string): void;
}

/**
 * Everything that one class needs to be read and evaluated: one small file each, listed in `registry.ts`.
 * `modules` are all the modules that ever held the class (old releases moved them), e.g.
 * `['sklearn.ensemble._forest', 'sklearn.ensemble.forest']`.
 */
export interface EstimatorClass {
  readonly modules: readonly string[];
  readonly name: string;
  /** @throws LoadError UnsupportedModel that names the option without a native evaluator, or CorruptModel. */
  build(object: PyObject, context: BuildContext): Estimator;
}

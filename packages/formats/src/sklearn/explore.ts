import { type Category, type FeatureFacts, FeatureFactsCollector, MAX_DESCRIBED_FEATURES } from '../feature-facts.ts';
import { parseLightgbm } from '../lightgbm/booster.ts';
import { noteLightgbm } from '../lightgbm/explore.ts';
import { NdArray } from '../numpy/ndarray.ts';
import { PyDict, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import { parseXgboost } from '../xgboost/booster.ts';
import { noteXgboost } from '../xgboost/explore.ts';
import { readColumns, resolveColumns } from './composition/columns.ts';
import { isCheckArray } from './composition/function-transformer.ts';
import { asList, asNumber, renamed } from './renamed.ts';

/** Objects that are looked at: the facts are a help, not worth any amount of time. */
const MAX_OBJECTS = 50_000;
const MAX_DEPTH = 40;
/** Columns that a ColumnTransformer gives which are followed further. */
const MAX_DERIVED_COLUMNS = 100_000;
/** Words for what knows none: a hashing vectoriser takes any. */
const PLAIN_WORDS = ['a', 'the', 'and', 'not', 'good', 'bad', 'new', 'service', 'order', 'price', 'thanks', '42'];
/** Rows of an array of training data that are told. */
const MAX_SEEN_ROWS = 64;

/** A column of a step's input that is one column of the model's, scaled or not. */
interface Source {
  readonly feature: number;
  /** From a value as the step sees it to one as the model is sent. */
  readonly raw: (value: number) => number;
}

/** The columns of a step's input; undefined for one that is made of others. */
type Sources = readonly (Source | undefined)[];

/** Attributes that hold rows in the space of the input. */
const ROW_ATTRIBUTES = [
  'cluster_centers_',
  'support_vectors_',
  '_fit_X',
  'X_fit_',
  'X_train_',
  'means_',
  'theta_',
  'centroids_',
  'mean_',
  'quantiles_',
  'location_',
];

/**
 * What a fitted scikit-learn object tells of its input's columns: thresholds of trees (through scalers), categories,
 * vocabularies, centres. Nothing that is read is checked beyond its kind, since the evaluator was built already; what is
 * not understood is passed over.
 */
export function exploreSklearn(root: PyValue, width: number): FeatureFacts[] {
  if (width > MAX_DESCRIBED_FEATURES) return [];
  const facts = new FeatureFactsCollector(width);
  const sources = Array.from({ length: width }, (_, feature): Source => ({ feature, raw: (value) => value }));
  new Explorer(facts).visit(root, sources, 0);
  return facts.facts();
}

class Explorer {
  readonly #facts: FeatureFactsCollector;
  readonly #seen = new Set<PyObject>();

  constructor(facts: FeatureFactsCollector) {
    this.#facts = facts;
  }

  /** Looks at an estimator; answers where the columns that it gives come from, undefined where that is not known. */
  visit(value: PyValue | undefined, given: Sources, depth: number): Sources | undefined {
    if (value === 'passthrough' || value === null) return given;
    if (!(value instanceof PyObject) || depth > MAX_DEPTH) return undefined;
    if (this.#seen.has(value) || this.#seen.size >= MAX_OBJECTS) return undefined;
    this.#seen.add(value);
    const sources = this.#preprocessed(value, given, depth);
    const steps = asList(value.get('steps'));
    if (steps !== undefined) return this.#steps(steps, sources, depth);
    const transformers = asList(value.get('transformers_'));
    if (transformers !== undefined) return this.#columnTransformer(value, transformers, sources, depth);
    const after = keepsColumns(value) ? sources : (this.#scaler(value, sources) ?? this.#imputer(value, sources));
    if (after !== undefined) return after;
    this.#categories(value, sources);
    if (value.type.name === 'OrdinalEncoder') return sources.map(() => undefined);
    this.#vocabulary(value, sources);
    this.#tree(value, sources);
    this.#booster(value, sources);
    for (const name of ROW_ATTRIBUTES) this.#rows(value.get(name), sources);
    asList(value.get('bin_edges_'))?.forEach((edges, index) => {
      for (const edge of numbers(edges)) this.#threshold(sources[index], edge);
    });
    this.#inner(value, sources, depth);
    return undefined;
  }

  #steps(steps: readonly PyValue[], sources: Sources, depth: number): Sources | undefined {
    let now: Sources | undefined = sources;
    for (const step of steps) {
      if (now === undefined) return undefined;
      now = this.visit(asList(step)?.[1], now, depth + 1);
    }
    return now;
  }

  /** Histogram-based boosting puts its columns of categories first, by a ColumnTransformer of its own. */
  #preprocessed(object: PyObject, sources: Sources, depth: number): Sources {
    const first = object.get('_preprocessor');
    if (!(first instanceof PyObject)) return sources;
    return this.visit(first, sources, depth + 1) ?? [];
  }

  #columnTransformer(
    object: PyObject,
    parts: readonly PyValue[],
    sources: Sources,
    depth: number,
  ): Sources | undefined {
    const places = object.get('output_indices_');
    const out: (Source | undefined)[] = [];
    const names = asList(renamed(object, 'feature_names_in_', '_feature_names_in', '_df_columns'))?.map(String);
    for (const part of parts) {
      const [name, transformer, columns] = asList(part) ?? [];
      if (transformer === 'drop' || columns === undefined) continue;
      try {
        const chosen = resolveColumns(readColumns(columns, String(name)), names, sources.length);
        const given = chosen.map((one) => sources[one]);
        const after = this.visit(transformer, given, depth + 1);
        const place = places instanceof PyDict ? bounds(places.entries.get(name)) : undefined;
        if (place === undefined) continue;
        for (let at = 0; at < place.count; at++) out[place.start + at] = after?.[at];
      } catch {
        // Columns that can not be told (a callable, a name of another table): nothing to say of them.
      }
    }
    return places instanceof PyDict ? Array.from(out) : undefined;
  }

  #scaler(object: PyObject, sources: Sources): Sources | undefined {
    const of = (name: string) => numbers(object.get(name));
    const affine = (scale: (j: number) => number, offset: (j: number) => number): Sources =>
      sources.map((source, j) => source && { ...source, raw: (v) => source.raw(v * scale(j) + offset(j)) });
    switch (object.type.name) {
      case 'StandardScaler':
      case 'RobustScaler': {
        const center = object.type.name === 'StandardScaler' ? of('mean_') : of('center_');
        const scale = of('scale_');
        sources.forEach((source, j) => {
          this.#range(source, center[j] ?? 0, scale[j] ?? 1);
        });
        return affine(
          (j) => scale[j] ?? 1,
          (j) => center[j] ?? 0,
        );
      }
      case 'MinMaxScaler': {
        const [least, most, scale, min] = [of('data_min_'), of('data_max_'), of('scale_'), of('min_')];
        sources.forEach((source, j) => {
          this.#range(source, (least[j] + most[j]) / 2, (most[j] - least[j]) / 4);
        });
        return affine(
          (j) => 1 / (scale[j] || 1),
          (j) => -(min[j] ?? 0) / (scale[j] || 1),
        );
      }
      case 'MaxAbsScaler': {
        const scale = of('scale_');
        sources.forEach((source, j) => {
          this.#range(source, 0, (scale[j] ?? 1) / 2);
        });
        return affine(
          (j) => scale[j] ?? 1,
          () => 0,
        );
      }
      default:
        return undefined;
    }
  }

  /** An imputer keeps its columns, unless one was empty in training or it adds indicators. */
  #imputer(object: PyObject, sources: Sources): Sources | undefined {
    if (object.type.name !== 'SimpleImputer') return undefined;
    const statistics = elements(object.get('statistics_')) ?? [];
    statistics.forEach((value, j) => {
      const source = sources[j];
      if (source === undefined) return;
      if (typeof value === 'string') this.#facts.filler(source.feature, value);
      else this.#facts.seen(source.feature, source.raw(asNumber(value) ?? Number.NaN));
    });
    const whole = statistics.length === sources.length && object.get('add_indicator') !== true;
    return whole && !statistics.some((value) => typeof value === 'number' && Number.isNaN(value)) ? sources : undefined;
  }

  #categories(object: PyObject, sources: Sources): void {
    asList(object.get('categories_'))?.forEach((list, j) => {
      const source = sources[j];
      const values = elements(list);
      if (source !== undefined && values !== undefined) this.#facts.categories(source.feature, values.map(category));
    });
  }

  #vocabulary(object: PyObject, sources: Sources): void {
    if (object.type.name === 'HashingVectorizer' && sources[0] !== undefined) {
      this.#facts.words(sources[0].feature, PLAIN_WORDS);
      return;
    }
    const vocabulary = object.get('vocabulary_');
    if (!(vocabulary instanceof PyDict) || sources[0] === undefined) return;
    const words = [...vocabulary.entries.keys()].filter((word) => typeof word === 'string');
    this.#facts.words(sources[0].feature, words);
  }

  /** `tree_` of a tree, or the nodes of a TreePredictor of the histogram-based boosting. */
  #tree(object: PyObject, sources: Sources): void {
    const held = object.get('tree_');
    const nodes = (held instanceof PyObject ? held : object).get('nodes');
    if (!(nodes instanceof NdArray) || nodes.dtype.kind !== 'V') return;
    const first = (...names: string[]) => names.find((name) => nodes.hasField(name));
    const feature = first('feature', 'feature_idx');
    const threshold = first('num_threshold', 'threshold');
    if (feature === undefined || threshold === undefined) return;
    const features = nodes.field(feature).toFloat64();
    const thresholds = nodes.field(threshold).toFloat64();
    const leaves = nodes.hasField('is_leaf') ? nodes.field('is_leaf').toFloat64() : undefined;
    for (let node = 0; node < features.length; node++) {
      if (features[node] >= 0 && !leaves?.[node]) this.#threshold(sources[features[node]], thresholds[node]);
    }
  }

  /** A booster of XGBoost or LightGBM, whose bytes or text its `handle` is. */
  #booster(object: PyObject, sources: Sources): void {
    if (object.type.name !== 'Booster') return;
    const handle = object.get('handle') ?? object.get('_handle');
    const place = (feature: number) => sources[feature]?.feature;
    if (handle instanceof Uint8Array) noteXgboost(parseXgboost(handle), this.#facts, place);
    else if (typeof handle === 'string') noteLightgbm(parseLightgbm(handle), this.#facts, place);
  }

  #rows(value: PyValue | undefined, sources: Sources): void {
    if (!(value instanceof NdArray) || value.dtype.kind !== 'f' || value.shape.at(-1) !== sources.length) return;
    const data = value.toFloat64();
    const rows = data.length / sources.length;
    const step = Math.max(1, Math.floor(rows / MAX_SEEN_ROWS));
    for (let row = 0; row < rows; row += step) {
      sources.forEach((source, j) => {
        if (source !== undefined) this.#facts.seen(source.feature, source.raw(data[row * sources.length + j]));
      });
    }
  }

  /** Estimators inside: those that do not say otherwise see the same columns. */
  #inner(object: PyObject, sources: Sources, depth: number): void {
    if (!(object.state instanceof PyDict)) return;
    for (const value of object.state.entries.values()) this.#nested(value, sources, depth + 1);
  }

  #nested(value: PyValue, sources: Sources, depth: number): void {
    if (depth > MAX_DEPTH) return;
    if (value instanceof PyObject) {
      const features = asNumber(renamed(value, 'n_features_in_', 'n_features_'));
      if (features === undefined || features === sources.length) this.visit(value, sources, depth);
      return;
    }
    const items =
      Array.isArray(value) || (value instanceof NdArray && value.dtype.kind === 'O')
        ? (asList(value) ?? Array.from((value as NdArray).data as ArrayLike<PyValue>))
        : value instanceof PyTuple
          ? value.items
          : [];
    // Lists of anything but objects are data; a step stands behind its name.
    const holdsObjects = items.slice(0, 2).some((item) => item instanceof PyObject || asList(item) !== undefined);
    if (!holdsObjects) return;
    for (const item of items) this.#nested(item, sources, depth + 1);
  }

  #threshold(source: Source | undefined, value: number): void {
    if (source !== undefined) this.#facts.threshold(source.feature, source.raw(value));
  }

  #range(source: Source | undefined, center: number, spread: number): void {
    if (source === undefined) return;
    const at = source.raw(center);
    this.#facts.range(source.feature, at, source.raw(center + spread) - at);
  }
}

/** Whether a step gives what it gets: what `passthrough` is kept as since 1.4, and what boosting checks its numbers by. */
function keepsColumns(object: PyObject): boolean {
  if (object.type.name !== 'FunctionTransformer') return false;
  const func = object.get('func') ?? null;
  return func === null || isCheckArray(func);
}

/** Python's `slice(start, stop)` of a bounded size. */
function bounds(value: PyValue | undefined): { start: number; count: number } | undefined {
  if (!(value instanceof PyObject) || value.type.path !== 'builtins.slice') return undefined;
  const [start, stop] = value.args.map(asNumber);
  if (start === undefined || stop === undefined || start < 0 || stop > MAX_DERIVED_COLUMNS) return undefined;
  return { start, count: stop - start };
}

function numbers(value: PyValue | undefined): Float64Array {
  if (!(value instanceof NdArray) || !'fiub'.includes(value.dtype.kind)) return new Float64Array(0);
  return value.toFloat64();
}

/** The elements of a list or of an array of any kind. */
function elements(value: PyValue | undefined): readonly PyValue[] | undefined {
  if (!(value instanceof NdArray)) return asList(value);
  const items = Array.from(value.data as ArrayLike<PyValue>);
  return value.dtype.kind === 'b' ? items.map(Boolean) : items;
}

function category(value: PyValue): Category {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

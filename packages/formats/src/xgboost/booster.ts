import { LoadError } from '@berth/inference';
import type { Forest, ForestLayout } from '../trees/forest.ts';
import { ForestBuilder } from '../trees/forest-builder.ts';
import type { TreeSource } from '../trees/tree-source.ts';
import type { CategoryContainer } from './category-container.ts';
import { predictLinear } from './linear.ts';
import { isAtLeast, type TreeModel, type XgboostFile } from './model-file.ts';
import { OBJECTIVE_NAMES, type Objective, objectiveOf } from './objective.ts';
import { findParallelTrees } from './parallel-trees.ts';
import { readXgboostFile } from './read-file.ts';

/** Columns and outputs a model may have: more is taken for damage. */
const MAX_FEATURES = 2 ** 25;
const MAX_OUTPUTS = 65_536;

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
  /** What `predict` means, by the objective. */
  readonly answers: Objective['answers'];
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
  /** Categories of each column in training order, where the file has them (XGBoost 3.1 and newer). */
  readonly categories?: CategoryContainer;
  /** The trees' arrays; absent for gblinear. */
  readonly layout?: ForestLayout;
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
export function parseXgboost(bytes: Uint8Array): XgboostBooster {
  return makeBooster(readXgboostFile(bytes));
}

function makeBooster(file: XgboostFile): XgboostBooster {
  const objective = objectiveOf(file.objective);
  if (objective === undefined) {
    throw new LoadError(
      'UnsupportedModel',
      `XGBoost objective ${JSON.stringify(file.objective.slice(0, 60))} is not supported; these are: ${OBJECTIVE_NAMES.join(', ')}`,
    );
  }
  checkSizes(file);
  const outputs = Math.max(1, file.numClass, file.numTargets);
  const base = baseMargins(file, objective, outputs);
  const { model } = file;
  const weights =
    model.kind === 'linear' ? checkWeights(model.weights, (file.numFeatures + 1) * outputs) : new Float32Array(0);
  const forest = model.kind === 'trees' ? buildForest(file, model, outputs) : undefined;
  const parallelTrees = findParallelTrees(
    model.kind === 'trees' ? model.parallelTrees : 1,
    file.attributes,
    file.config,
  );
  const starts = model.kind === 'trees' ? roundStarts(model, outputs, parallelTrees) : [];
  const bestIteration = wholeNumber(file.attributes.get('best_iteration'));
  return {
    numFeatures: file.numFeatures,
    ...(file.featureNames.length > 0 ? { featureNames: file.featureNames } : {}),
    ...(file.featureTypes.length > 0 ? { featureTypes: file.featureTypes } : {}),
    objective: file.objective,
    answers: objective.answers,
    numClass: file.numClass,
    numTargets: file.numTargets,
    trees: forest?.trees ?? 0,
    iterations: Math.max(0, starts.length - 1),
    ...(bestIteration === undefined ? {} : { bestIteration }),
    attributes: file.attributes,
    ...(model.kind === 'trees' && model.categories !== undefined ? { categories: model.categories } : {}),
    ...(forest === undefined ? {} : { layout: forest.layout }),
    boosterName: file.boosterName,
    ...(file.version === undefined ? {} : { version: file.version.filter((part) => part !== undefined).join('.') }),
    encoding: file.encoding,
    predict(rows, nRows, options = {}) {
      const end = options.iterationEnd;
      const trees = !end || end >= starts.length - 1 ? (forest?.trees ?? 0) : starts[end];
      const data = new Float32Array(nRows * outputs);
      if (model.kind === 'linear') predictLinear(data, outputs, rows, nRows, file.numFeatures, weights, base[0]);
      else if (forest !== undefined) sumTrees(data, forest, trees, rows, nRows, file, base);
      return options.margin ? { data, cols: outputs } : objective.transform(data, outputs, file.version);
    },
  };
}

/** Refuses sizes that no real model has, before anything is allocated by them. */
function checkSizes(file: XgboostFile): void {
  const { numFeatures, numClass, numTargets } = file;
  const sane = numFeatures >= 0 && numFeatures <= MAX_FEATURES && numClass >= 0 && numTargets >= 0;
  if (sane && Math.max(numClass, numTargets) <= MAX_OUTPUTS) return;
  throw new LoadError(
    'CorruptModel',
    `the XGBoost model says it has ${numFeatures} columns, ${numClass} classes and ${numTargets} targets; the file is damaged`,
  );
}

/**
 * Base margin and trees, in the order of the release that wrote the file: from 1.3 on (dart from 1.4) the trees are added
 * to the base one by one; before, to each other first.
 */
function sumTrees(
  data: Float32Array,
  forest: Forest,
  trees: number,
  rows: Float32Array,
  nRows: number,
  file: XgboostFile,
  base: Float32Array,
): void {
  const outputs = base.length;
  const baseFirst = isAtLeast(file.version, 1, file.boosterName === 'dart' ? 4 : 3);
  if (baseFirst) for (let i = 0; i < data.length; i++) data[i] = base[i % outputs];
  forest.addTo(data, outputs, rows, nRows, file.numFeatures, 0, trees);
  if (!baseFirst) for (let i = 0; i < data.length; i++) data[i] += base[i % outputs];
}

function baseMargins(file: XgboostFile, objective: Objective, outputs: number): Float32Array {
  const { baseScore } = file;
  if (baseScore.length !== 1 && baseScore.length !== outputs) {
    throw new LoadError('CorruptModel', `base_score has ${baseScore.length} values for ${outputs} outputs`);
  }
  return Float32Array.from({ length: outputs }, (_, i) => {
    const score = baseScore.length === 1 ? baseScore[0] : baseScore[i];
    const margin = file.baseScoreIsMargin ? score : objective.toMargin(score, file.version);
    // Zero under a logarithm is -Infinity, in the library as well: all its predictions are 0.
    if (!Number.isNaN(margin)) return margin;
    throw new LoadError('CorruptModel', `base_score ${score} is out of range for the objective ${file.objective}`);
  });
}

function buildForest(file: XgboostFile, model: TreeModel, outputs: number): Forest {
  const { numFeatures, version } = file;
  const { leafSize, weightDrop } = model;
  if (leafSize > 1 && leafSize !== outputs) {
    throw new LoadError('CorruptModel', `leaves of ${leafSize} values for ${outputs} outputs`);
  }
  const categoryRule = version?.[0] === 1 && version[1] === 6 ? 'xgboost-1.6' : 'xgboost';
  const builder = new ForestBuilder({ numFeatures, leafSize, categoryRule });
  model.trees.forEach((tree, id) => {
    const group = model.treeInfo[id];
    if (group < 0 || group >= outputs) {
      throw new LoadError('CorruptModel', `tree ${id} adds to output ${group}, but the model has ${outputs}`);
    }
    builder.add(weightDrop === undefined ? tree : weighted(tree, Math.fround(weightDrop[id])), group);
  });
  return builder.build({ groups: outputs, sum: 'float32' });
}

/** The weights of a linear model; one that was never trained has none, which count as zeros. */
function checkWeights(weights: Float32Array, expected: number): Float32Array {
  if (weights.length === expected) return weights;
  if (weights.length === 0) return new Float32Array(expected);
  throw new LoadError('CorruptModel', `the linear model has ${weights.length} weights instead of ${expected}`);
}

/** A tree of dart, its leaves times its weight as the library multiplies: in float32. */
function weighted(tree: TreeSource, weight: number): TreeSource {
  return { ...tree, leafValues: Float32Array.from(tree.leafValues, (value) => value * weight) };
}

/** First tree of each boosting round, and the number of trees at the end. */
function roundStarts(model: TreeModel, outputs: number, parallelTrees: number): number[] {
  const count = model.trees.length;
  const stored = model.iterationStarts;
  if (stored !== undefined && stored.length > 0 && stored[stored.length - 1] === count) return Array.from(stored);
  const perRound = parallelTrees * (model.leafSize > 1 ? 1 : outputs);
  const starts = [];
  for (let start = 0; start < count; start += perRound) starts.push(start);
  return [...starts, count];
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

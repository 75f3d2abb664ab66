import { LoadError } from '@berth/inference';
import type { Forest, ForestLayout } from '../trees/forest.ts';
import { ForestBuilder } from '../trees/forest-builder.ts';
import { damaged, integerOf } from './fields.ts';
import { type LinearLeaves, linearLeafValue } from './linear-leaves.ts';
import { type ModelText, splitModelText } from './model-text.ts';
import { OBJECTIVE_NAMES, type Objective, objectiveOf } from './objective.ts';
import { assignCategories, type Category, type ColumnCategories, readPandasCategorical } from './pandas-categories.ts';
import { readLightgbmTree } from './read-tree.ts';
import { ZeroColumns } from './zero-columns.ts';
import { hasSplitsAtZero, withTinyAsZero } from './zero-threshold.ts';

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
  /** What `predict` means, by the objective. */
  readonly answers: Objective['answers'];
  /** 1 unless the objective is a multi-class one. */
  readonly numClass: number;
  readonly trees: number;
  readonly iterations: number;
  /** The trees' arrays. Columns beyond `numFeatures` are made out of the others. */
  readonly layout: ForestLayout;
  /** Least and greatest value of each column in training; undefined for a categorical column or one without. */
  readonly ranges: readonly (readonly [number, number] | undefined)[];
  /** `v2`, `v3` or `v4`. */
  readonly formatVersion?: string;
  /** The lists of the line `pandas_categorical`, one for each data frame column of type category. */
  readonly pandasCategorical: readonly (readonly Category[])[];
  /** The same lists by column, where the file lets one tell which column each belongs to. */
  readonly categories?: ColumnCategories;
  /** What `Booster.predict` answers for `nRows` rows of `numFeatures` numbers. NaN is a missing value. */
  predict(rows: Float64Array, nRows: number, options?: LightgbmPredictOptions): LightgbmPrediction;
}

/** Columns and outputs that a model may have: more is taken for damage. */
const MAX_FEATURES = 2 ** 25;
const MAX_OUTPUTS = 65_536;

/**
 * Reads LightGBM's text model (versions 2 to 4).
 * @throws LoadError CorruptModel or UnsupportedModel that names the tree and the node.
 */
export function parseLightgbm(text: string | Uint8Array): LightgbmBooster {
  const model = splitModelText(text);
  const { header } = model;
  const numClass = countOf(header, 'num_class');
  const perRound = countOf(header, 'num_tree_per_iteration', numClass);
  const numFeatures = integerOf(header, 'max_feature_idx', 'header') + 1;
  if (numFeatures < 0 || numFeatures > MAX_FEATURES)
    throw damaged('header', 'max_feature_idx', `is ${numFeatures - 1}`);
  const featureNames = (header.get('feature_names') ?? '').split(' ').filter((name) => name !== '');
  if (featureNames.length !== numFeatures) {
    throw damaged('header', 'feature_names', `has ${featureNames.length} names for ${numFeatures} columns`);
  }
  const objective = readObjective(header.get('objective'));
  const zeroColumns = new ZeroColumns(numFeatures);
  const { forest, linear } = buildForest(model, perRound, numFeatures, zeroColumns);
  const atZero = hasSplitsAtZero(forest.layout.threshold);
  const iterations = Math.floor(forest.trees / perRound);
  const formatVersion = header.get('version');
  const averaged = header.has('average_output');
  const transformed = averaged && holdsPredictions(model, formatVersion, forest, objective);
  const lists = readPandasCategorical(model.pandasCategorical);
  const categories = assignCategories(lists, model, numFeatures);
  return {
    numFeatures,
    featureNames,
    objective: objective.name,
    answers: objective.answers,
    numClass,
    trees: forest.trees,
    iterations,
    layout: forest.layout,
    ranges: readRanges(header.get('feature_infos') ?? '', numFeatures),
    ...(formatVersion === undefined ? {} : { formatVersion }),
    pandasCategorical: lists,
    ...(categories === undefined ? {} : { categories }),
    predict(rows, nRows, options = {}) {
      const end = options.iterationEnd;
      const rounds = !end || end < 0 || end > iterations ? iterations : end;
      const data = new Float64Array(nRows * perRound);
      const wide = zeroColumns.widen(atZero ? withTinyAsZero(rows) : rows, nRows);
      if (linear === undefined) forest.addTo(data, perRound, wide, nRows, zeroColumns.width, 0, rounds * perRound);
      else addLinear(data, forest, linear, perRound, wide, nRows, zeroColumns.width, rounds);
      if (options.raw) return { data, cols: perRound };
      if (averaged) for (let i = 0; i < data.length; i++) data[i] /= rounds;
      if (!transformed) objective.transform(data, perRound);
      return { data, cols: perRound };
    },
  };
}

/**
 * Whether the leaves of a random forest hold predictions already, as up to 2.2.2, or sums before the objective's
 * transform, as from 2.2.3 on. Files of 2.2.3 say `v2` like those before: theirs are told by leaves that no prediction
 * could have. Where any leaf could be either, only files without settings are older for certain (2.0).
 * @throws LoadError UnsupportedModel where the file does not tell.
 */
function holdsPredictions(
  model: ModelText,
  version: string | undefined,
  forest: Forest,
  objective: Objective,
): boolean {
  if (version !== undefined && version !== 'v2') return false;
  const [least, most] = objective.range;
  if (!forest.layout.leafValues.every((value) => value >= least && value <= most)) return false;
  if (objective.isPlain || most === 1 || model.parameters.size === 0) return true;
  throw new LoadError(
    'UnsupportedModel',
    `this random forest of LightGBM 2.1 to 2.2 with the objective ${objective.name} does not tell whether its leaves are transformed; train it with a later release`,
  );
}

/** `feature_infos`: `[least:greatest]` of a column of numbers, `none`, or the codes of a categorical one. */
function readRanges(infos: string, numFeatures: number): (readonly [number, number] | undefined)[] {
  const parts = infos.split(' ', numFeatures);
  return parts.map((part) => {
    const match = /^\[([^:\]]+):([^:\]]+)\]$/.exec(part);
    const range = [Number(match?.[1]), Number(match?.[2])] as const;
    return range.every(Number.isFinite) ? range : undefined;
  });
}

function countOf(header: ModelText['header'], key: string, fallback?: number): number {
  const count = integerOf(header, key, 'header', fallback);
  if (count < 1 || count > MAX_OUTPUTS) throw damaged('header', key, `is ${count}`);
  return count;
}

function readObjective(line: string | undefined): Objective {
  const objective = objectiveOf(line ?? 'custom');
  if (objective !== undefined) return objective;
  throw new LoadError(
    'UnsupportedModel',
    `LightGBM objective ${JSON.stringify((line ?? '').slice(0, 60))} is not supported; these are: ${OBJECTIVE_NAMES.join(', ')}`,
  );
}

function buildForest(model: ModelText, perRound: number, numFeatures: number, zeroColumns: ZeroColumns) {
  const trees = model.trees.map((tree, id) => readLightgbmTree(tree, id, numFeatures, zeroColumns));
  const builder = new ForestBuilder({ numFeatures: zeroColumns.width, leafSize: 1, categoryRule: 'lightgbm' });
  trees.forEach((tree, id) => {
    builder.add(tree.source, id % perRound);
  });
  const linear = trees.some((tree) => tree.linear !== undefined) ? trees.map((tree) => tree.linear) : undefined;
  return { forest: builder.build(linear === undefined ? { groups: perRound, sum: 'float64' } : undefined), linear };
}

/** Sums trees of which some have linear leaves. */
function addLinear(
  data: Float64Array,
  forest: Forest,
  linear: readonly (LinearLeaves | undefined)[],
  perRound: number,
  rows: Float64Array,
  nRows: number,
  nCols: number,
  rounds: number,
): void {
  const { leafValues, firstLeaves } = forest.layout;
  for (let tree = 0; tree < rounds * perRound; tree++) {
    const first = firstLeaves[tree];
    const leaves = linear[tree];
    for (let row = 0; row < nRows; row++) {
      const leaf = forest.leafOf(tree, rows, row * nCols);
      const value = leaves === undefined ? leafValues[leaf] : linearLeafValue(leaves, leaf - first, rows, row * nCols);
      data[row * perRound + (tree % perRound)] += value;
    }
  }
}

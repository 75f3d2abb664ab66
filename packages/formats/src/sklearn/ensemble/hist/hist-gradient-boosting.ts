import { invalidInput } from '@berth/inference';
import { float64Array, NdArray } from '../../../numpy/ndarray.ts';
import { PyObject } from '../../../pickle/values.ts';
import { Attributes } from '../../attributes.ts';
import { columnCount } from '../../dense.ts';
import type { Estimator, EstimatorClass, Table } from '../../estimator.ts';
import { readClasses } from '../../labels.ts';
import { logistic, softmaxRows } from '../../linear/probability.ts';
import { asList, renamed } from '../../renamed.ts';
import { argmaxRows, takeLabels } from '../../results.ts';
import { forEachFloat64Block, type RowRules } from '../../tree/float-rows.ts';
import { RepeatGuard } from '../../tree/repeat-guard.ts';
import { binaryColumns } from '../binary-columns.ts';
import { type CategoryEncoder, readCategoryEncoder } from './category-encoder.ts';
import { HistForest, type KnownCategories } from './hist-forest.ts';
import { BITSET_WORDS, readHistTree } from './hist-tree.ts';

const PACKAGE = 'sklearn.ensemble._hist_gradient_boosting';
const MODULES = [`${PACKAGE}.gradient_boosting`];

/** A fitted model's trees and what stands before them. */
interface HistModel {
  readonly attributes: Attributes;
  /** One forest a score. */
  readonly forests: readonly HistForest[];
  readonly baseline: Float64Array;
  readonly encoder: CategoryEncoder | undefined;
  readonly rules: RowRules;
  readonly treeCount: number;
}

function readModel(object: PyObject): HistModel {
  const attributes = new Attributes(object);
  const iterations = attributes.items('_predictors').map((iteration) => asList(iteration) ?? []);
  const width = iterations[0]?.length ?? 0;
  if (width < 1 || iterations.some((iteration) => iteration.length !== width)) {
    throw attributes.corrupt('_predictors', 'holds no trees');
  }
  const features = attributes.nFeaturesIn();
  if (features === undefined) throw attributes.corrupt('n_features_in_', 'is missing');
  const known = knownCategories(attributes, features);
  const guard = new RepeatGuard();
  const forests = Array.from({ length: width }, (_, k) => {
    const trees = iterations.map((iteration, index) => {
      const where = `${attributes.className} iteration ${index} tree ${k}`;
      const tree = readHistTree(iteration[k], features, where);
      guard.count(iteration[k], tree.nodeCount, where);
      return tree;
    });
    return new HistForest(trees, known);
  });
  const baselineValue = object.get('_baseline_prediction');
  const baseline =
    baselineValue instanceof NdArray
      ? baselineValue.toFloat64()
      : Float64Array.of(attributes.number('_baseline_prediction'));
  if (baseline.length !== width) throw attributes.corrupt('_baseline_prediction', 'does not fit the trees');
  const preprocessor = object.get('_preprocessor');
  return {
    attributes,
    forests,
    baseline,
    encoder:
      preprocessor === undefined || preprocessor === null ? undefined : readCategoryEncoder(preprocessor, attributes),
    rules: { className: attributes.className, features, allowNaN: true, allowInfinity: true },
    treeCount: iterations.length * width,
  };
}

/** `_BinMapper.make_known_categories_bitsets`: the raw categories that training saw, by feature. */
function knownCategories(attributes: Attributes, features: number): KnownCategories {
  const known = new Uint32Array(features * BITSET_WORDS);
  const mapper = renamed(attributes.object, '_bin_mapper', 'bin_mapper_');
  if (!(mapper instanceof PyObject)) return known;
  const flags = mapper.get('is_categorical_');
  const thresholds = asList(mapper.get('bin_thresholds_'));
  if (!(flags instanceof NdArray) || thresholds === undefined) return known;
  for (const [feature, flag] of flags.toFloat64().entries()) {
    const categories = thresholds[feature];
    if (flag === 0 || feature >= features || !(categories instanceof NdArray)) continue;
    for (const category of categories.toFloat64()) {
      if (category >= 0 && category < 256) known[feature * BITSET_WORDS + (category >> 5)] |= 1 << (category & 31);
    }
  }
  return known;
}

/** Baseline plus all trees: `[rows, scores]`. */
function rawScores(x: Table, model: HistModel): Float64Array {
  const { forests, baseline, encoder, rules } = model;
  if (x.kind === 'sparse') throw invalidInput(`${rules.className} takes no sparse matrix`);
  const width = forests.length;
  if (encoder !== undefined && columnCount(x) !== rules.features) forEachFloat64Block(x, rules, () => {});
  const table = encoder === undefined ? x : encoder.transform(x);
  const cols = columnCount(table);
  const out = new Float64Array(x.rows * width);
  for (let row = 0; row < x.rows; row++) for (let k = 0; k < width; k++) out[row * width + k] = baseline[k];
  forEachFloat64Block(table, rules, (rows, start, count, hasNaN) => {
    for (const [k, forest] of forests.entries()) {
      forest.accumulate(rows, count, cols, hasNaN, out, start * width + k, width);
    }
  });
  return out;
}

function buildClassifier(object: PyObject): Estimator {
  const model = readModel(object);
  const { attributes, forests } = model;
  const [classes] = readClasses(object.get('classes_'), attributes.className);
  const width = forests.length;
  if (width !== (classes.size <= 2 ? 1 : classes.size)) throw attributes.corrupt('classes_', 'does not fit the trees');
  const columns = Math.max(2, width);
  function probabilities(x: Table): Float64Array {
    const raw = rawScores(x, model);
    return width === 1 ? binaryColumns(raw, logistic) : softmaxRows(raw, x.rows, width);
  }
  return {
    className: attributes.className,
    ...attributes.inputFacts(),
    ...(model.encoder === undefined ? {} : { acceptsText: true }),
    kind: 'classifier',
    classes: [classes],
    predict(x) {
      const raw = rawScores(x, model);
      const indices =
        width === 1 ? Int32Array.from(raw, (score) => (score > 0 ? 1 : 0)) : argmaxRows(raw, x.rows, width);
      return takeLabels(classes, indices);
    },
    predictProba: (x) => float64Array([x.rows, columns], probabilities(x)),
    decisionFunction: (x) => float64Array(width === 1 ? [x.rows] : [x.rows, width], rawScores(x, model)),
    describe: () => `${attributes.className}, ${model.treeCount} trees`,
  };
}

/** Losses whose predictions are exp(raw): their class, or the `loss` parameter. */
const LOG_LINK = new Set(['HalfPoissonLoss', 'HalfGammaLoss', 'HalfTweedieLoss', 'Poisson', 'poisson', 'gamma']);

function buildRegressor(object: PyObject): Estimator {
  const model = readModel(object);
  const { attributes } = model;
  if (model.forests.length !== 1) throw attributes.corrupt('_predictors', 'has more than one tree an iteration');
  const loss = renamed(object, '_loss', 'loss_');
  const isLog = LOG_LINK.has(loss instanceof PyObject ? loss.type.name : String(object.get('loss')));
  return {
    className: attributes.className,
    ...attributes.inputFacts(),
    ...(model.encoder === undefined ? {} : { acceptsText: true }),
    kind: 'regressor',
    predict(x) {
      const raw = rawScores(x, model);
      return float64Array([x.rows], isLog ? raw.map(Math.exp) : raw);
    },
    describe: () => `${attributes.className}, ${model.treeCount} trees`,
  };
}

/** `HistGradientBoosting*`. */
export const histGradientBoosting: readonly EstimatorClass[] = [
  { modules: MODULES, name: 'HistGradientBoostingClassifier', build: buildClassifier },
  { modules: MODULES, name: 'HistGradientBoostingRegressor', build: buildRegressor },
];

import { LoadError } from '@berth/inference';
import { float64Array, NdArray } from '../../numpy/ndarray.ts';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { columnCount } from '../dense.ts';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { readClasses } from '../labels.ts';
import { asNumber, renamed } from '../renamed.ts';
import { takeLabels } from '../results.ts';
import { forEachFloat32Block, type RowRules } from '../tree/float-rows.ts';
import { type LeafTable, readTrees, regressionLeaves, treeFeatures } from '../tree/leaf-table.ts';
import { RepeatGuard } from '../tree/repeat-guard.ts';
import { type BoostingLoss, boostingLoss } from './boosting-loss.ts';

const MODULES = ['sklearn.ensemble._gb', 'sklearn.ensemble.gradient_boosting'];

/** Raw scores of a block of rows before any tree: `[rows, trees per stage]`. The rows, as float32, are made on demand. */
type Init = (rows: number, matrix: () => Matrix) => Float64Array;

/** A boosted ensemble: one list of trees for each score. */
interface Stages {
  readonly attributes: Attributes;
  readonly tables: readonly LeafTable[];
  readonly rules: RowRules;
  readonly treeCount: number;
}

function readStages(object: PyObject): Stages {
  const attributes = new Attributes(object);
  const estimators = attributes.array('estimators_');
  const [stages, width] = estimators.shape;
  if (estimators.shape.length !== 2 || !Array.isArray(estimators.data) || stages < 1 || width < 1) {
    throw attributes.corrupt('estimators_', `has the shape (${estimators.shape.join(', ')})`);
  }
  const items = estimators.data as readonly PyValue[];
  const rate = attributes.number('learning_rate');
  let features = attributes.nFeaturesIn();
  const guard = new RepeatGuard();
  const tables = Array.from({ length: width }, (_, k) => {
    const trees = readTrees(
      Array.from({ length: stages }, (_stage, stage) => items[stage * width + k]),
      attributes.className,
      guard,
    );
    features = treeFeatures(features, trees);
    const table = regressionLeaves(trees);
    for (let i = 0; i < table.values.length; i++) table.values[i] *= rate;
    return table;
  });
  const rules: RowRules = { className: attributes.className, features, allowNaN: false };
  return { attributes, tables, rules, treeCount: stages * width };
}

/**
 * Sum of init and trees: `[rows, width]`, added stage by stage as `predict_stages` does. (Before 1.3 the library mixed up
 * the rows of a batch where `init_` was a GaussianNB, whose answer is in column order; one row at a time it agrees.)
 */
function rawScores(x: Table, { rules, tables }: Stages, init: Init): Float64Array {
  const width = tables.length;
  const cols = columnCount(x);
  const out = new Float64Array(x.rows * width);
  forEachFloat32Block(x, rules, (rows, start, count, hasNaN) => {
    const block = (): Matrix => {
      const data = Float64Array.from(rows.subarray(0, count * cols));
      return { kind: 'matrix', rows: count, cols, data, dtype: 'float32' };
    };
    out.set(init(count, block), start * width);
    for (const [k, { forest, values }] of tables.entries()) {
      forest.accumulate(rows, count, cols, hasNaN, values, 1, out, start * width + k, width);
    }
  });
  return out;
}

const CONSTANT_INITS: ReadonlyMap<string, string> = new Map([
  ['QuantileEstimator', 'quantile'],
  ['MeanEstimator', 'mean'],
  ['LogOddsEstimator', 'prior'],
  ['ScaledLogOddsEstimator', 'prior'],
  ['PriorProbabilityEstimator', 'priors'],
]);

/** `init_`: 'zero', a constant (a Dummy estimator, or before 0.21 one of the module's own), or any fitted estimator. */
function readInit(stages: Stages, context: BuildContext, loss: BoostingLoss | undefined, classes: number): Init {
  const { attributes, tables } = stages;
  const width = tables.length;
  const init = attributes.object.get('init_');
  if (init === 'zero' || (init instanceof PyObject && init.type.name === 'ZeroEstimator')) {
    return (rows) => new Float64Array(rows * width);
  }
  if (!(init instanceof PyObject)) throw attributes.corrupt('init_', 'is missing');
  const constant = CONSTANT_INITS.get(init.type.name);
  if (constant !== undefined && MODULES.includes(init.type.module)) {
    const value = init.get(constant);
    const scores = value instanceof NdArray ? value.toFloat64() : Float64Array.of(asNumber(value) ?? NaN);
    return repeated(scores, width, attributes);
  }
  const estimator = context.build(init, 'init_');
  const evaluate: Init = (rows, matrix) => {
    if (loss === undefined) return numbers(estimator.predict?.(matrix()), rows, attributes);
    return loss.initial(numbers(estimator.predictProba?.(matrix()), rows * classes, attributes), rows, classes);
  };
  if (init.type.name.startsWith('Dummy')) {
    const cols = stages.rules.features ?? 1;
    const row: Matrix = { kind: 'matrix', rows: 1, cols, data: new Float64Array(cols), dtype: 'float32' };
    return repeated(
      evaluate(1, () => row),
      width,
      attributes,
    );
  }
  return evaluate;
}

function numbers(result: NdArray | readonly NdArray[] | undefined, size: number, attributes: Attributes): Float64Array {
  if (!(result instanceof NdArray) || result.size !== size) {
    throw new LoadError('UnsupportedModel', `${attributes.className}: init_ does not answer one value a row and class`);
  }
  return result.toFloat64();
}

function repeated(scores: Float64Array, width: number, attributes: Attributes): Init {
  if (scores.length !== width || scores.some((score) => Number.isNaN(score))) {
    throw attributes.corrupt('init_', 'does not fit the trees');
  }
  return (rows) => {
    const out = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) out.set(scores, row * width);
    return out;
  };
}

function buildClassifier(object: PyObject, context: BuildContext): Estimator {
  const stages = readStages(object);
  const { attributes, tables } = stages;
  const [classes] = readClasses(object.get('classes_'), attributes.className);
  const width = tables.length;
  if (width !== (classes.size <= 2 ? 1 : classes.size)) throw attributes.corrupt('classes_', 'does not fit the trees');
  const loss = boostingLoss(renamed(object, '_loss', 'loss_'), object.get('loss'), width, context.version);
  const init = readInit(stages, context, loss, classes.size);
  const probabilities = (x: Table) => loss.probabilities(rawScores(x, stages, init), x.rows, classes.size);
  return {
    className: attributes.className,
    ...attributes.inputFacts(),
    kind: 'classifier',
    classes: [classes],
    predict: (x) => takeLabels(classes, loss.decide(rawScores(x, stages, init), x.rows, classes.size)),
    predictProba: (x) => float64Array([x.rows, classes.size], probabilities(x)),
    predictLogProba: (x) => float64Array([x.rows, classes.size], probabilities(x).map(Math.log)),
    decisionFunction: (x) => float64Array(width === 1 ? [x.rows] : [x.rows, width], rawScores(x, stages, init)),
    describe: () => `${attributes.className}, ${stages.treeCount} trees`,
  };
}

function buildRegressor(object: PyObject, context: BuildContext): Estimator {
  const stages = readStages(object);
  if (stages.tables.length !== 1) throw stages.attributes.corrupt('estimators_', 'has more than one tree a stage');
  const init = readInit(stages, context, undefined, 0);
  return {
    className: stages.attributes.className,
    ...stages.attributes.inputFacts(),
    kind: 'regressor',
    predict: (x) => float64Array([x.rows], rawScores(x, stages, init)),
    describe: () => `${stages.attributes.className}, ${stages.treeCount} trees`,
  };
}

/** `GradientBoosting*` with trees of `sklearn.tree`. */
export const gradientBoosting: readonly EstimatorClass[] = [
  { modules: MODULES, name: 'GradientBoostingClassifier', build: buildClassifier },
  { modules: MODULES, name: 'GradientBoostingRegressor', build: buildRegressor },
];

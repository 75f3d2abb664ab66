import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { floats, int64s, takeLabels } from '../results.ts';
import { isAtLeast } from '../version.ts';
import { binaryScores, binaryThreshold } from './binary-scores.ts';
import { buildAll, inputOf } from './multi-output.ts';
import { columnOf } from './targets.ts';

/** sklearn `multiclass.py`, OneVsRestClassifier: one estimator a class, or a label where rows have several. */
export const oneVsRest: EstimatorClass = {
  modules: ['sklearn.multiclass'],
  name: 'OneVsRestClassifier',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const binarizer = new Attributes(attributes.object_('label_binarizer_'));
    const classes = binarizer.array('classes_');
    const type = String(binarizer.object.get('y_type_'));
    const multilabel = type.startsWith('multilabel');
    const estimators = buildAll(attributes, 'estimators_', context);
    const count = estimators.length;
    const dividesByZero = !isAtLeast(context.version, 1, 7);
    // Until 1.7 the last of equal scores won.
    const lastWins = !isAtLeast(context.version, 1, 8);
    const fitted = estimators.filter((estimator) => estimator.className !== '_ConstantPredictor');
    const model = fitted[0] ?? estimators[0];

    const allScores = (x: Table) => estimators.map((estimator) => binaryScores(estimator, x));
    const predict = (x: Table): NdArray => {
      const scores = allScores(x);
      if (type === 'multiclass') return takeLabels(classes, bestOf(scores, x.rows, lastWins));
      const threshold = binaryThreshold(estimators[0]);
      if (!multilabel)
        return takeLabels(
          classes,
          Int8Array.from(scores[0], (score) => (score > threshold ? 1 : 0)),
        );
      const indicator = new Int8Array(x.rows * count);
      scores.forEach((column, k) => {
        for (let i = 0; i < x.rows; i++) indicator[i * count + k] = column[i] > threshold ? 1 : 0;
      });
      return int64s([x.rows, count], indicator);
    };
    const predictProba = (x: Table): NdArray => {
      const columns = estimators.map((estimator) => columnOf(estimator.predictProba?.(x) as NdArray, 1));
      return combineProbabilities(columns, x.rows, multilabel, dividesByZero);
    };
    const decisionFunction = (x: Table): NdArray => {
      const columns = estimators.map((estimator) =>
        (estimator.decisionFunction as (x: Table) => NdArray)(x).toFloat64(),
      );
      if (count === 1) return floats([x.rows], columns[0]);
      const data = new Float64Array(x.rows * count);
      columns.forEach((column, k) => {
        for (let i = 0; i < x.rows; i++) data[i * count + k] = column[i];
      });
      return floats([x.rows, count], data);
    };
    return {
      className: 'OneVsRestClassifier',
      kind: 'classifier',
      ...inputOf(model),
      ...attributes.inputFacts(),
      ...(multilabel ? { outputs: count } : { classes: [classes] }),
      predict,
      ...(estimators.every((one) => one.predictProba !== undefined) ? { predictProba } : {}),
      ...(estimators.every((one) => one.decisionFunction !== undefined) && model.decisionFunction !== undefined
        ? { decisionFunction }
        : {}),
      describe: () => `OneVsRestClassifier(${model.describe?.() ?? model.className} × ${count})`,
    } satisfies Estimator;
  },
};

function bestOf(scores: readonly Float64Array[], rows: number, lastWins: boolean): Int32Array {
  const out = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = -Infinity;
    for (let k = 0; k < scores.length; k++) {
      const score = scores[k][i];
      if (score > best || (lastWins && score === best)) {
        best = score;
        out[i] = k;
      }
    }
  }
  return out;
}

/** Each row to a sum of one, but for several labels; where all are zero the library divided all the same until 1.6. */
function combineProbabilities(
  columns: readonly Float64Array[],
  rows: number,
  multilabel: boolean,
  dividesByZero: boolean,
): NdArray {
  const all = columns.length === 1 ? [columns[0].map((p) => 1 - p), columns[0]] : columns;
  const cols = all.length;
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < cols; k++) {
      data[i * cols + k] = all[k][i];
      sum += all[k][i];
    }
    if (!multilabel && (sum !== 0 || dividesByZero)) for (let k = 0; k < cols; k++) data[i * cols + k] /= sum;
  }
  return floats([rows, cols], data);
}

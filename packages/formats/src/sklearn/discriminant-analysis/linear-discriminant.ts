import type { Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, numberedNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { logistic, normaliseOneVsRest, softmaxRows } from '../linear/probability.ts';
import { bothFloat32, firstColumns, timesTransposed, transpose } from '../matrix-product.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';

/** The smallest normal float64: what a probability of 0 becomes before its logarithm is taken, since 0.24. */
const TINY = 2.2250738585072014e-308;

/** The same of float32. */
const TINY_32 = 1.1754943508222875e-38;

/** The projection, absent for the solver `lsqr`. */
function readTransform(fitted: Fitted, cols: number): ((x: Matrix) => Matrix) | undefined {
  const solver = fitted.text('solver', 'svd');
  if (solver === 'lsqr' || !fitted.has('scalings_')) return undefined;
  const scalings = fitted.matrix('scalings_');
  const axes = transpose(firstColumns(scalings, fitted.numberOr(scalings.cols, '_max_components')));
  const float32 = fitted.array('scalings_');
  const centre = solver === 'svd' ? fitted.vector(cols, 'xbar_') : new Float64Array(cols);
  const roundCentre = solver === 'svd' && fitted.array('xbar_').dtype.itemSize === 4;
  return (x) => {
    const round = x.dtype === 'float32' && roundCentre;
    const data = x.data.map((value, at) => {
      const difference = value - centre[at % cols];
      return round ? Math.fround(difference) : difference;
    });
    const centred = { ...x, data };
    return matrixLike(
      { dtype: bothFloat32(x, float32) ? 'float32' : 'float64' },
      x.rows,
      axes.rows,
      timesTransposed(centred, axes),
    );
  };
}

/** A linear classifier with softmax probabilities (up to 0.20 one logistic curve for each class, normalised). */
export const linearDiscriminant: EstimatorClass = {
  modules: ['sklearn.discriminant_analysis', 'sklearn.lda'],
  name: 'LinearDiscriminantAnalysis',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const classes = fitted.array('classes_');
    const coef = fitted.matrix('coef_');
    const { rows: outputs, cols } = coef;
    const intercept = fitted.vector(outputs, 'intercept_');
    const binary = classes.size === 2;
    if (outputs !== (binary ? 1 : classes.size)) fitted.corrupt('"coef_" does not fit its classes');
    const softmax = versionAtLeast(context.version, 0, 21);
    const replaceZero = versionAtLeast(context.version, 0, 24);
    const project = readTransform(fitted, cols);
    const isFloat32 = (x: Matrix) => bothFloat32(x, fitted.array('coef_'));

    function checked(table: Table): Matrix {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      return x;
    }

    function decide(x: Matrix): Float64Array {
      const out = timesTransposed(x, coef);
      for (let at = 0; at < out.length; at++) out[at] += intercept[at % outputs];
      return out;
    }

    function probabilities(x: Matrix): Float64Array {
      const decisions = decide(x);
      if (binary) {
        return Float64Array.from({ length: x.rows * 2 }, (_, at) => {
          const positive = logistic(decisions[at >> 1]);
          return at % 2 === 1 ? positive : 1 - positive;
        });
      }
      return softmax ? softmaxRows(decisions, x.rows, outputs) : normaliseOneVsRest(decisions, x.rows, outputs);
    }

    const base = estimatorBase(fitted, 'classifier', cols);
    const shape = (x: Matrix) => [x.rows, classes.size];
    return {
      ...base,
      classes: [classes],
      predict(table) {
        const x = checked(table);
        const decisions = decide(x);
        return takeLabels(
          classes,
          binary ? decisions.map((value) => (value > 0 ? 1 : 0)) : argmaxRows(decisions, x.rows, outputs),
        );
      },
      decisionFunction(table) {
        const x = checked(table);
        return floats(binary ? [x.rows] : [x.rows, outputs], decide(x), isFloat32(x));
      },
      predictProba(table) {
        const x = checked(table);
        return floats(shape(x), probabilities(x), isFloat32(x));
      },
      predictLogProba(table) {
        const x = checked(table);
        const float32 = isFloat32(x);
        const tiny = replaceZero ? (float32 ? TINY_32 : TINY) : 0;
        const logs = probabilities(x).map((value) => Math.log((float32 ? Math.fround(value) : value) || tiny));
        return floats(shape(x), logs, isFloat32(x));
      },
      ...(project === undefined
        ? {}
        : {
            transform: (table: Table) => project(checked(table)),
            featureNamesOut: numberedNames(
              fitted.className,
              Math.min(fitted.numberOr(Infinity, '_max_components'), fitted.matrix('scalings_').cols),
            ),
          }),
    };
  },
};

import { invalidInput } from '@berth/inference';
import { float64Array, type NdArray } from '../../numpy/ndarray.ts';
import type { Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { requireFinite, toNumbers } from '../numbers.ts';
import { argmaxRows, logOf, takeLabels } from '../results.ts';
import { coupleProbabilities } from './coupling.ts';
import { readSupportVectors, type SupportVectors } from './kernel.ts';

/**
 * SVC and NuSVC: libsvm's one-against-one votes. Releases before 0.24 keep `probA_`/`probB_` and `n_support_` under other
 * names; before 0.17 there was no `decision_function_shape` and the decision values were those of the pairs.
 */
function svc(name: string): EstimatorClass {
  return {
    modules: ['sklearn.svm._classes', 'sklearn.svm.classes', 'sklearn.svm'],
    name,
    build: (object, context) => buildSvc(new Fitted(object), context.version),
  };
}

export const svcClasses: readonly EstimatorClass[] = [svc('SVC'), svc('NuSVC')];

/** Checks what comes in, as `_validate_for_predict` does. */
export function svmInput(x: Table, vectors: SupportVectors, className: string): Matrix | SparseMatrix {
  const numbers = toNumbers(x, className, vectors.cols);
  if (numbers.kind === 'sparse' && !vectors.sparse) {
    throw invalidInput(`cannot use sparse input in ${className} trained on dense data`);
  }
  requireFinite(numbers, className);
  return numbers;
}

function buildSvc(fitted: Fitted, version: string | undefined): Estimator {
  const { className } = fitted;
  const vectors = readSupportVectors(fitted);
  const classes = fitted.array('classes_');
  const count = classes.size;
  if (count < 2) fitted.corrupt(`it has ${count} classes, at least 2 are needed`);
  const pairs = (count * (count - 1)) / 2;
  const perClass = fitted.vector(count, '_n_support', 'n_support_');
  const { intercept, coefficients } = internalSign(fitted, count, vectors.count, pairs);
  const start = classStarts(fitted, perClass, vectors.count);
  const shape = fitted.text('decision_function_shape', 'ovo');
  const combine = versionAtLeast(version, 0, 21) ? oneVersusRest : oneVersusRestOfBatch;
  const breakTies = fitted.flag('break_ties', false);
  const probA = fitted.floatsOr('_probA', 'probA_') ?? new Float64Array(0);
  const probB = fitted.floatsOr('_probB', 'probB_') ?? new Float64Array(0);

  function pairDecisions(x: Matrix | SparseMatrix): Float64Array {
    const values = new Float64Array(vectors.count);
    const out = new Float64Array(x.rows * pairs);
    for (let row = 0; row < x.rows; row++) {
      vectors.kernelRow(x, row, values);
      let pair = row * pairs;
      for (let i = 0; i < count; i++) {
        for (let j = i + 1; j < count; j++, pair++) {
          let sum = 0;
          for (let k = start[i]; k < start[i + 1]; k++) sum += coefficients[(j - 1) * vectors.count + k] * values[k];
          for (let k = start[j]; k < start[j + 1]; k++) sum += coefficients[i * vectors.count + k] * values[k];
          out[pair] = sum + intercept[pair - row * pairs];
        }
      }
    }
    return out;
  }

  function decisionFunction(table: Table): NdArray {
    const x = svmInput(table, vectors, className);
    const pairwise = pairDecisions(x);
    if (count === 2)
      return float64Array(
        [x.rows],
        pairwise.map((value) => -value),
      );
    if (shape === 'ovr') return float64Array([x.rows, count], combine(pairwise, x.rows, count));
    return float64Array([x.rows, pairs], pairwise);
  }

  function predict(table: Table): NdArray {
    if (breakTies && shape === 'ovo') {
      throw invalidInput("break_ties must be False when decision_function_shape is 'ovo'");
    }
    if (breakTies && shape === 'ovr' && count > 2) {
      const decisions = decisionFunction(table);
      return takeLabels(classes, argmaxRows(decisions.toFloat64(), decisions.shape[0], count));
    }
    const x = svmInput(table, vectors, className);
    return takeLabels(classes, countVotes(pairDecisions(x), x.rows, count));
  }

  function predictProba(table: Table): NdArray {
    const x = svmInput(table, vectors, className);
    const decisions = pairDecisions(x);
    const out = new Float64Array(x.rows * count);
    for (let row = 0; row < x.rows; row++) {
      coupleProbabilities(count, decisions.subarray(row * pairs), probA, probB, out, row * count);
    }
    return float64Array([x.rows, count], out);
  }

  // 1.9 writes probability='deprecated' where the user left it alone
  const hasProbability = fitted.raw('probability') === true && probA.length === pairs && probB.length === pairs;
  return {
    className,
    kind: 'classifier',
    classes: [classes],
    nFeaturesIn: vectors.cols,
    predict,
    decisionFunction,
    ...(hasProbability ? { predictProba, predictLogProba: (x: Table) => logOf(predictProba(x)) } : {}),
  };
}

/**
 * libsvm's own signs: `_dual_coef_` and `_intercept_`. Files without them hold `dual_coef_` and `intercept_`, which are
 * negated for two classes.
 */
function internalSign(fitted: Fitted, classes: number, vectors: number, pairs: number) {
  const internal = fitted.has('_dual_coef_') && fitted.has('_intercept_');
  const dual = internal ? fitted.matrix('_dual_coef_') : fitted.matrix('dual_coef_');
  let intercept = fitted.vector(pairs, internal ? '_intercept_' : 'intercept_');
  if (dual.rows !== classes - 1 || dual.cols !== vectors) {
    fitted.corrupt(`"dual_coef_" is ${dual.rows} × ${dual.cols}, expected ${classes - 1} × ${vectors}`);
  }
  let coefficients = dual.data;
  if (!internal && classes === 2) {
    coefficients = coefficients.map((value) => -value);
    intercept = intercept.map((value) => -value);
  }
  return { intercept, coefficients };
}

function classStarts(fitted: Fitted, perClass: Float64Array, vectors: number): Int32Array {
  const start = new Int32Array(perClass.length + 1);
  for (let i = 0; i < perClass.length; i++) {
    if (!(perClass[i] >= 0)) fitted.corrupt('"n_support_" has a negative count');
    start[i + 1] = start[i] + perClass[i];
  }
  if (start[perClass.length] !== vectors) {
    fitted.corrupt(`"n_support_" adds up to ${start[perClass.length]} support vectors, the file has ${vectors}`);
  }
  return start;
}

/** libsvm's vote: a pair with a positive value is for the first class; the first of equals wins. */
function countVotes(pairwise: Float64Array, rows: number, classes: number): Int32Array {
  const winners = new Int32Array(rows);
  const votes = new Int32Array(classes);
  let pair = 0;
  for (let row = 0; row < rows; row++) {
    votes.fill(0);
    for (let i = 0; i < classes; i++) {
      for (let j = i + 1; j < classes; j++, pair++) votes[pairwise[pair] > 0 ? i : j]++;
    }
    for (let i = 1; i < classes; i++) if (votes[i] > votes[winners[row]]) winners[row] = i;
  }
  return winners;
}

/**
 * The same up to scikit-learn 0.20: the confidences are scaled by the largest of all rows that came together, so an answer
 * depends on its batch.
 */
function oneVersusRestOfBatch(pairwise: Float64Array, rows: number, classes: number): Float64Array {
  const out = new Float64Array(rows * classes);
  const confidence = new Float64Array(rows * classes);
  let pair = 0;
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    for (let i = 0; i < classes; i++) {
      for (let j = i + 1; j < classes; j++, pair++) {
        confidence[from + i] += pairwise[pair];
        confidence[from + j] -= pairwise[pair];
        out[from + (pairwise[pair] < 0 ? j : i)]++;
      }
    }
  }
  const largest = confidence.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (confidence.every((value) => value === confidence[0])) return out;
  const scale = (0.5 - Number.EPSILON) / largest;
  return out.map((value, at) => value + confidence[at] * scale);
}

/** `_ovr_decision_function` of sklearn.utils.multiclass: votes, plus the confidences squeezed into (-1/3, 1/3). */
function oneVersusRest(pairwise: Float64Array, rows: number, classes: number): Float64Array {
  const out = new Float64Array(rows * classes);
  const confidence = new Float64Array(classes);
  let pair = 0;
  for (let row = 0; row < rows; row++) {
    confidence.fill(0);
    for (let i = 0; i < classes; i++) {
      for (let j = i + 1; j < classes; j++, pair++) {
        confidence[i] += pairwise[pair];
        confidence[j] -= pairwise[pair];
        out[row * classes + (pairwise[pair] < 0 ? j : i)]++;
      }
    }
    for (let i = 0; i < classes; i++) out[row * classes + i] += confidence[i] / (3 * (Math.abs(confidence[i]) + 1));
  }
  return out;
}

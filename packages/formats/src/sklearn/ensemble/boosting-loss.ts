import { PyObject, type PyValue } from '../../pickle/values.ts';
import { logistic, softmaxRows } from '../linear/probability.ts';
import { argmaxRows } from '../results.ts';
import { isAtLeast } from '../version.ts';
import { binaryColumns } from './binary-columns.ts';

/** What a classification loss of GradientBoosting decides at predict time. */
export interface BoostingLoss {
  /** Raw scores that `init_`'s probabilities `[rows, classes]` stand for: `[rows, trees per stage]`. */
  initial(probabilities: Float64Array, rows: number, classes: number): Float64Array;
  probabilities(raw: Float64Array, rows: number, classes: number): Float64Array;
  /** Class index by row. */
  decide(raw: Float64Array, rows: number, classes: number): Int32Array;
}

/** Whether predictions of this loss are probabilities of two classes from one score. */
type Kind = 'binomial' | 'multinomial' | 'exponential';

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['BinomialDeviance', 'binomial'],
  ['HalfBinomialLoss', 'binomial'],
  ['MultinomialDeviance', 'multinomial'],
  ['HalfMultinomialLoss', 'multinomial'],
  ['ExponentialLoss', 'exponential'],
]);

/**
 * The loss of a GradientBoostingClassifier. `sklearn.ensemble._gb_losses` held it up to 1.3, `sklearn._loss` since 1.4:
 * the formulas are the same but for the symmetric multinomial link, the clipping of `init_` and ties at a score of 0.
 */
export function boostingLoss(
  lossObject: PyValue | undefined,
  lossName: PyValue | undefined,
  trees: number,
  version: string | undefined,
): BoostingLoss {
  const named = lossObject instanceof PyObject ? lossObject.type : undefined;
  const kind =
    KINDS.get(named?.name ?? '') ??
    (trees > 1 ? 'multinomial' : lossName === 'exponential' ? 'exponential' : 'binomial');
  const modern = named === undefined ? isAtLeast(version, 1, 4) : named.module.startsWith('sklearn._loss');
  const epsilon = modern && isAtLeast(version, 1, 8) ? Number.EPSILON : 2 ** -23;
  if (kind === 'multinomial') return multinomial(epsilon, modern);
  return binary(kind, epsilon, modern);
}

function binary(kind: 'binomial' | 'exponential', epsilon: number, modern: boolean): BoostingLoss {
  const scale = kind === 'exponential' ? 2 : 1;
  const probability = (raw: number) => logistic(scale * raw);
  return {
    initial(probabilities, rows, classes) {
      const out = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        const positive = clip(probabilities[row * classes + 1], epsilon);
        out[row] = Math.log(positive / (1 - positive)) / scale;
      }
      return out;
    },
    probabilities: (raw) => binaryColumns(raw, probability),
    decide(raw) {
      const out = new Int32Array(raw.length);
      const byScore = modern || kind === 'exponential';
      for (let row = 0; row < raw.length; row++) {
        const positive = probability(raw[row]);
        out[row] = (byScore ? raw[row] >= 0 : positive > 1 - positive) ? 1 : 0;
      }
      return out;
    },
  };
}

function multinomial(epsilon: number, modern: boolean): BoostingLoss {
  return {
    initial(probabilities, rows, classes) {
      const out = probabilities.map((value) => Math.log(clip(value, epsilon)));
      if (!modern) return out;
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        for (let k = 0; k < classes; k++) sum += out[row * classes + k];
        for (let k = 0; k < classes; k++) out[row * classes + k] -= sum / classes;
      }
      return out;
    },
    probabilities: (raw, rows, classes) => softmaxRows(Float64Array.from(raw), rows, classes),
    decide: (raw, rows, classes) => argmaxRows(raw, rows, classes),
  };
}

function clip(value: number, epsilon: number): number {
  return Math.min(Math.max(value, epsilon), 1 - epsilon);
}

import { type BoosterOutput, outputSpec } from '../trees/booster-model.ts';
import type { DenseRows } from '../trees/dense-rows.ts';
import type { XgboostBooster } from './booster.ts';
import { classProbabilities } from './classifier.ts';

type Rows = DenseRows<Float32Array>;

/** The classes of a classification objective: the wrapper's own labels, else 0, 1, … */
export function classesOf(booster: XgboostBooster, labels: readonly (string | number)[] | undefined) {
  const count = booster.numClass > 1 ? booster.numClass : 2;
  const classification = ['probability', 'class', 'class-probabilities', 'margin'].includes(booster.answers);
  if (!classification || booster.numTargets > 1) return undefined;
  return labels?.length === count ? labels : Array.from({ length: count }, (_, code) => code);
}

/** What a model's outputs depend on. */
export interface OutputOptions {
  /** Rounds that count; 0 for all. */
  readonly iterationEnd: number;
  /** Whether `predict` answers labels, as `XGBClassifier` does. */
  readonly labels: boolean;
  readonly classes: readonly (string | number)[] | undefined;
}

/** The outputs `predict`, `predict_proba` where the objective has probabilities, and `decision_function`. */
export function outputsOf(booster: XgboostBooster, options: OutputOptions): BoosterOutput<Rows>[] {
  const { classes, iterationEnd } = options;
  const { cols } = booster.predict(new Float32Array(0), 0);
  const sums = booster.predict(new Float32Array(0), 0, { margin: true }).cols;
  const values = ({ data, rows }: Rows) => booster.predict(data, rows, { iterationEnd }).data;
  const predict = { spec: outputSpec('predict', 'FP32', cols), compute: values };
  const margin: BoosterOutput<Rows> = {
    spec: outputSpec('decision_function', 'FP32', sums),
    compute: ({ data, rows }) => booster.predict(data, rows, { iterationEnd, margin: true }).data,
  };
  if (booster.objective === 'binary:logistic' && booster.numTargets > 1) {
    const proba = { spec: outputSpec('predict_proba', 'FP32', cols), compute: values };
    return [options.labels ? flagOutput(cols, values) : predict, proba, margin];
  }
  const probabilities = classes === undefined ? undefined : classProbabilities(booster, { iterationEnd });
  if (probabilities === undefined || classes === undefined) return [predict, margin];
  const proba: BoosterOutput<Rows> = {
    spec: { name: 'predict_proba', datatype: 'FP32', shape: [-1, classes.length], labels: classes.map(String) },
    compute: ({ data, rows }) => probabilities(data, rows),
  };
  return [options.labels ? labelOutput(classes, probabilities) : predict, proba, margin];
}

/** `XGBClassifier.predict` of several yes-or-no targets: 1 where a probability is above one half. */
function flagOutput(cols: number, values: (rows: Rows) => Float32Array): BoosterOutput<Rows> {
  return {
    spec: outputSpec('predict', 'INT64', cols),
    compute: (rows) => BigInt64Array.from(values(rows), (share) => (share > 0.5 ? 1n : 0n)),
  };
}

/** `XGBClassifier.predict`: the class of the greatest probability; of two, the second only above one half. */
function labelOutput(
  classes: readonly (string | number)[],
  probabilities: (data: Float32Array, rows: number) => Float32Array,
): BoosterOutput<Rows> {
  const count = classes.length;
  const codes = (data: Float32Array, rows: number) => {
    const proba = probabilities(data, rows);
    return Array.from({ length: rows }, (_, row) => {
      if (count === 2) return proba[row * 2 + 1] > 0.5 ? 1 : 0;
      let best = 0;
      for (let k = 1; k < count; k++) if (proba[row * count + k] > proba[row * count + best]) best = k;
      return best;
    });
  };
  const labels = classes.map(String);
  if (classes.every((label) => Number.isSafeInteger(label))) {
    return {
      spec: { ...outputSpec('predict', 'INT64', 1), labels },
      compute: ({ data, rows }) => BigInt64Array.from(codes(data, rows), (code) => BigInt(classes[code])),
    };
  }
  if (classes.every((label) => typeof label === 'number')) {
    return {
      spec: { ...outputSpec('predict', 'FP64', 1), labels },
      compute: ({ data, rows }) => Float64Array.from(codes(data, rows), (code) => classes[code] as number),
    };
  }
  return {
    spec: { ...outputSpec('predict', 'BYTES', 1), labels },
    compute: ({ data, rows }) => codes(data, rows).map((code) => labels[code]),
  };
}

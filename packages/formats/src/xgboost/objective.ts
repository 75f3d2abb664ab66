import { expFloat32 } from './exp-float32.ts';
import { isAtLeast, type Version } from './model-file.ts';

/** What an objective does after the sums, as XGBoost's `ObjFunction` has it (`src/objective/`). */
export interface Objective {
  /** The base score as it is added to the sums (`ProbToMargin`). */
  toMargin(baseScore: number, version: Version | undefined): number;
  /** Sums to predictions (`PredTransform`); answers the columns that are left. */
  transform(data: Float32Array, cols: number, version?: Version): { data: Float32Array; cols: number };
  /** What `predict` means to people: probabilities of a class, class numbers, or plain numbers. */
  readonly answers: 'probability' | 'class-probabilities' | 'class' | 'value' | 'margin';
}

const same = (data: Float32Array, cols: number) => ({ data, cols });
const keep = (baseScore: number) => baseScore;
const log = (baseScore: number) => Math.fround(Math.log(baseScore));

/** Releases from 1.6 bound the exponent, so that it can not overflow. */
const bounded = inPlace((x) => sigmoid(Math.min(-x, Math.fround(88.7))));
const unbounded = inPlace((x) => sigmoid(-x));

const plain: Objective = { toMargin: keep, transform: same, answers: 'value' };
const exponential: Objective = { toMargin: log, transform: inPlace(expFloat32), answers: 'value' };
const logistic: Objective = {
  toMargin: logit,
  transform: (data, cols, version) => (isAtLeast(version, 1, 6) ? bounded(data, cols) : unbounded(data, cols)),
  answers: 'probability',
};

const OBJECTIVES: ReadonlyMap<string, Objective> = new Map<string, Objective>([
  ['reg:squarederror', plain],
  ['reg:linear', plain],
  ['reg:squaredlogerror', plain],
  ['reg:pseudohubererror', plain],
  ['reg:absoluteerror', plain],
  ['reg:quantileerror', plain],
  ['reg:expectileerror', plain],
  ['rank:pairwise', plain],
  ['rank:ndcg', plain],
  ['rank:map', plain],
  ['reg:gamma', exponential],
  ['reg:tweedie', exponential],
  ['count:poisson', exponential],
  ['survival:cox', exponential],
  ['survival:aft', exponential],
  ['reg:logistic', { ...logistic, answers: 'value' }],
  ['binary:logistic', logistic],
  ['binary:logitraw', { toMargin: rawLogit, transform: same, answers: 'margin' }],
  ['binary:hinge', { toMargin: keep, transform: inPlace((x) => (x > 0 ? 1 : 0)), answers: 'class' }],
  ['multi:softmax', { toMargin: keep, transform: argmax, answers: 'class' }],
  ['multi:softprob', { toMargin: keep, transform: softmax, answers: 'class-probabilities' }],
]);

/** The objective of a name: undefined for one that is not built in. GPU variants of old releases have the prefix `gpu:`. */
export function objectiveOf(name: string): Objective | undefined {
  return OBJECTIVES.get(name.startsWith('gpu:') ? name.slice(4) : name);
}

/** Names of all built-in objectives. */
export const OBJECTIVE_NAMES: readonly string[] = [...OBJECTIVES.keys()];

function inPlace(f: (x: number) => number): Objective['transform'] {
  return (data, cols) => {
    for (let i = 0; i < data.length; i++) data[i] = f(data[i]);
    return { data, cols };
  };
}

/** `common::Sigmoid` in float32 steps. */
function sigmoid(exponent: number): number {
  return 1 / Math.fround(expFloat32(exponent) + 1);
}

/** Up to 1.3.0 the base score of binary:logitraw was a probability, since then it is a margin. */
function rawLogit(baseScore: number, version: Version | undefined): number {
  const isMargin = isAtLeast(version, 1, 4) || (isAtLeast(version, 1, 3) && version?.[2] !== 0);
  return isMargin ? baseScore : logit(baseScore, version);
}

/** Releases from 3.2 bound the base score away from 0 and 1 (`kRtEps`). */
function logit(baseScore: number, version: Version | undefined): number {
  const epsilon = Math.fround(1e-6);
  const inside = isAtLeast(version, 3, 2)
    ? Math.min(Math.max(baseScore, epsilon), Math.fround(1 - epsilon))
    : baseScore;
  return -Math.fround(Math.log(Math.fround(Math.fround(1 / inside) - 1)));
}

/** `common::Softmax`: the sum in float64, everything else in float32. */
export function softmax(data: Float32Array, cols: number): { data: Float32Array; cols: number } {
  for (let start = 0; start < data.length; start += cols) {
    let max = data[start];
    for (let k = 1; k < cols; k++) max = Math.max(max, data[start + k]);
    let sum = 0;
    for (let k = 0; k < cols; k++) {
      data[start + k] = expFloat32(Math.fround(data[start + k] - max));
      sum += data[start + k];
    }
    const divisor = Math.fround(sum);
    for (let k = 0; k < cols; k++) data[start + k] /= divisor;
  }
  return { data, cols };
}

/** The first of the greatest sums, as a number. */
function argmax(data: Float32Array, cols: number): { data: Float32Array; cols: number } {
  const out = new Float32Array(data.length / cols);
  for (let row = 0; row < out.length; row++) {
    let best = 0;
    for (let k = 1; k < cols; k++) if (data[row * cols + k] > data[row * cols + best]) best = k;
    out[row] = best;
  }
  return { data: out, cols: 1 };
}

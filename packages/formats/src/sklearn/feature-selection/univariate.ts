import type { EstimatorClass } from '../estimator.ts';
import { Fitted } from '../fitted.ts';
import { selector } from './selector.ts';

const MODULES = [
  'sklearn.feature_selection._univariate_selection',
  'sklearn.feature_selection.univariate_selection',
  'sklearn.feature_selection',
];

/** The smallest float64, which a score of NaN counts as. */
const LOWEST = -Number.MAX_VALUE;

type Mask = (fitted: Fitted, parameter: (name: string) => number) => boolean[];

const scoresOf = (fitted: Fitted) => fitted.floats('scores_').map((score) => (Number.isNaN(score) ? LOWEST : score));

/** The k best by score; of equals, the later columns. */
function kBest(scores: Float64Array, k: number): boolean[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  const best = new Set(k > 0 ? order.slice(-k) : []);
  return Array.from(scores, (_, column) => best.has(column));
}

/** `numpy.percentile`, linear between the sorted values. */
export function percentile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  const place = (sorted.length - 1) * (share / 100);
  const low = Math.floor(place);
  const [from, to] = [sorted[low], sorted[Math.min(low + 1, sorted.length - 1)]];
  const weight = place - low;
  return weight >= 0.5 ? to - (to - from) * (1 - weight) : from + (to - from) * weight;
}

function bestPercentile(scores: Float64Array, share: number): boolean[] {
  if (share >= 100 || share <= 0) return Array.from(scores, () => share >= 100);
  const threshold = percentile(scores, 100 - share);
  const mask = Array.from(scores, (score) => score > threshold);
  let left = Math.trunc((scores.length * share) / 100) - mask.filter(Boolean).length;
  scores.forEach((score, column) => {
    if (score === threshold && left-- > 0) mask[column] = true;
  });
  return mask;
}

/** Benjamini and Hochberg: below the largest p-value that is under its line. */
function falseDiscovery(pvalues: Float64Array, alpha: number): boolean[] {
  const sorted = pvalues.slice().sort();
  const under = sorted.filter((value, index) => value <= (alpha / sorted.length) * (index + 1));
  return Array.from(pvalues, (value) => under.length > 0 && value <= under[under.length - 1]);
}

const below = (pvalues: Float64Array, limit: number) => Array.from(pvalues, (value) => value < limit);

const modes = new Map<string, Mask>([
  ['k_best', (fitted, parameter) => kBest(scoresOf(fitted), parameter('k'))],
  ['percentile', (fitted, parameter) => bestPercentile(scoresOf(fitted), parameter('percentile'))],
  ['fpr', (fitted, parameter) => below(fitted.floats('pvalues_'), parameter('alpha'))],
  ['fdr', (fitted, parameter) => falseDiscovery(fitted.floats('pvalues_'), parameter('alpha'))],
  [
    'fwe',
    (fitted, parameter) => below(fitted.floats('pvalues_'), parameter('alpha') / fitted.floats('pvalues_').length),
  ],
]);

function univariate(name: string, readMode: (fitted: Fitted) => string, parameterName?: string): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build(object) {
      const fitted = new Fitted(object);
      const mode = modes.get(readMode(fitted));
      if (mode === undefined) return fitted.unsupported(`mode="${readMode(fitted)}"`);
      const parameter = (wanted: string): number => {
        const key = parameterName ?? wanted;
        return fitted.raw(key) === 'all' ? Infinity : fitted.number(key);
      };
      return selector(fitted, mode(fitted, parameter), false);
    },
  };
}

export const univariateClasses: readonly EstimatorClass[] = [
  univariate('SelectKBest', () => 'k_best'),
  univariate('SelectPercentile', () => 'percentile'),
  univariate('SelectFpr', () => 'fpr'),
  univariate('SelectFdr', () => 'fdr'),
  univariate('SelectFwe', () => 'fwe'),
  univariate('GenericUnivariateSelect', (fitted) => fitted.text('mode', 'percentile'), 'param'),
];

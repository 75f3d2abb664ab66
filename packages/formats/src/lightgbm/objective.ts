/** What an objective does after the sums (`ConvertOutput` in LightGBM's `src/objective/`). */
export interface Objective {
  /** LightGBM's own name, aliases resolved; `custom` where the file names none. */
  readonly name: string;
  /** Sums to predictions, in place. `cols` is the number of trees of a round. */
  transform(data: Float64Array, cols: number): void;
  readonly answers: 'probability' | 'class-probabilities' | 'value';
  /** Whether predictions are the sums themselves. */
  readonly isPlain?: boolean;
  /** Least and greatest prediction there can be. */
  readonly range: readonly [least: number, most: number];
}

/** LightGBM's `ParseObjectiveAlias`. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ...['regression_l2', 'mean_squared_error', 'mse', 'l2', 'l2_root', 'root_mean_squared_error', 'rmse'].map(
    (alias) => [alias, 'regression'] as const,
  ),
  ...['mean_absolute_error', 'l1', 'mae'].map((alias) => [alias, 'regression_l1'] as const),
  ...['multiclass_ova', 'ova', 'ovr'].map((alias) => [alias, 'multiclassova'] as const),
  ...['xendcg', 'xe_ndcg', 'xe_ndcg_mart', 'xendcg_mart'].map((alias) => [alias, 'rank_xendcg'] as const),
  ...['none', 'null', 'na'].map((alias) => [alias, 'custom'] as const),
  ['softmax', 'multiclass'],
  ['xentropy', 'cross_entropy'],
  ['xentlambda', 'cross_entropy_lambda'],
  ['mean_absolute_percentage_error', 'mape'],
]);

const PLAIN = [
  'regression_l1',
  'regression',
  'quantile',
  'huber',
  'fair',
  'mape',
  'lambdarank',
  'rank_xendcg',
  'custom',
];
/** Objectives that a `sqrt` in the file applies to (`RegressionL2loss` and what keeps its transform). */
const ROOTED = new Set(['regression', 'regression_l1', 'fair', 'mape']);

const ANY: Objective['range'] = [-Infinity, Infinity];
const POSITIVE: Objective['range'] = [0, Infinity];
const SHARE: Objective['range'] = [0, 1];

/** Names of all objectives. */
export const OBJECTIVE_NAMES: readonly string[] = [
  ...PLAIN,
  ...['poisson', 'gamma', 'tweedie', 'binary', 'cross_entropy', 'cross_entropy_lambda', 'multiclass', 'multiclassova'],
];

/**
 * The objective of a header line such as `binary sigmoid:1` or `regression sqrt`; undefined for an unknown one.
 */
export function objectiveOf(line: string): Objective | undefined {
  const [first, ...options] = line.split(' ').filter((part) => part !== '');
  const name = ALIASES.get(first ?? 'custom') ?? first ?? 'custom';
  const sigmoid = Number(options.find((option) => option.startsWith('sigmoid:'))?.slice('sigmoid:'.length) ?? 1);
  switch (name) {
    case 'poisson':
    case 'gamma':
    case 'tweedie':
      return { name, answers: 'value', range: POSITIVE, transform: each(Math.exp) };
    case 'binary':
      return { name, answers: 'probability', range: SHARE, transform: each((x) => 1 / (1 + Math.exp(-sigmoid * x))) };
    case 'multiclassova':
      return {
        name,
        answers: 'class-probabilities',
        range: SHARE,
        transform: each((x) => 1 / (1 + Math.exp(-sigmoid * x))),
      };
    case 'cross_entropy':
      return { name, answers: 'value', range: SHARE, transform: each((x) => 1 / (1 + Math.exp(-x))) };
    case 'cross_entropy_lambda':
      return { name, answers: 'value', range: POSITIVE, transform: each((x) => Math.log1p(Math.exp(x))) };
    case 'multiclass':
      return { name, answers: 'class-probabilities', range: SHARE, transform: softmax };
    default:
      if (!PLAIN.includes(name)) return undefined;
      if (ROOTED.has(name) && options.includes('sqrt')) {
        return { name, answers: 'value', range: ANY, transform: each((x) => Math.sign(x) * x * x) };
      }
      return { name, answers: 'value', isPlain: true, range: ANY, transform: () => {} };
  }
}

function each(f: (x: number) => number): Objective['transform'] {
  return (data) => {
    for (let i = 0; i < data.length; i++) data[i] = f(data[i]);
  };
}

/** `Common::Softmax` in float64. */
function softmax(data: Float64Array, cols: number): void {
  for (let start = 0; start < data.length; start += cols) {
    let max = data[start];
    for (let k = 1; k < cols; k++) max = Math.max(max, data[start + k]);
    let sum = 0;
    for (let k = 0; k < cols; k++) {
      data[start + k] = Math.exp(data[start + k] - max);
      sum += data[start + k];
    }
    for (let k = 0; k < cols; k++) data[start + k] /= sum;
  }
}

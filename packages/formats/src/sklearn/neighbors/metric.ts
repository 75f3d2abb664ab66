import { NdArray } from '../../numpy/ndarray.ts';
import { PyDict, type PyValue } from '../../pickle/values.ts';
import { versionAtLeast } from '../estimator-base.ts';
import { rowNormOrder } from '../expanded-distances.ts';
import { type Fitted, scalarNumber } from '../fitted.ts';
import { blasDot, type NormOrder, roundedNorm } from '../rounded-products.ts';

/** Distance of two rows of `cols` numbers, each found in its array from an offset. */
export type RowDistance = (a: Float64Array, fromA: number, b: Float64Array, fromB: number) => number;

/** A metric: `reduced` orders as the distance does but is cheaper (the square, for Euclidean). */
export interface Metric {
  readonly name: string;
  /** The exponent of Minkowski metrics; Infinity for Chebyshev; undefined for the rest. */
  readonly p: number | undefined;
  readonly reduced: RowDistance;
  toDistance(reduced: number): number;
  toReduced(distance: number): number;
}

type Term = (a: number, b: number) => number;

/** A metric that adds a term for each column. */
function additive(cols: number, term: Term): RowDistance {
  return (a, fromA, b, fromB) => {
    let sum = 0;
    for (let col = 0; col < cols; col++) sum += term(a[fromA + col], b[fromB + col]);
    return sum;
  };
}

const plain = (name: string, reduced: RowDistance, p?: number): Metric => ({
  name,
  p,
  reduced,
  toDistance: (value) => value,
  toReduced: (value) => value,
});

function powered(name: string, reduced: RowDistance, p: number): Metric {
  if (p === 2) return { name, p, reduced, toDistance: Math.sqrt, toReduced: (value) => value * value };
  return { name, p, reduced, toDistance: (value) => value ** (1 / p), toReduced: (value) => value ** p };
}

function chebyshev(cols: number): RowDistance {
  return (a, fromA, b, fromB) => {
    let most = 0;
    for (let col = 0; col < cols; col++) most = Math.max(most, Math.abs(a[fromA + col] - b[fromB + col]));
    return most;
  };
}

/** `1 - cos`, of normalised rows as scikit-learn has it; a row of zeros is at distance 1 of all. */
function cosine(cols: number, order: NormOrder): RowDistance {
  const [left, right] = [new Float64Array(cols), new Float64Array(cols)];
  const normalize = (a: Float64Array, from: number, out: Float64Array) => {
    const norm = Math.sqrt(roundedNorm(a, from, cols, order)) || 1;
    for (let col = 0; col < cols; col++) out[col] = a[from + col] / norm;
  };
  return (a, fromA, b, fromB) => {
    normalize(a, fromA, left);
    normalize(b, fromB, right);
    return Math.min(Math.max(1 - blasDot(left, 0, right, 0, cols), 0), 2);
  };
}

/** `1 - r`: the cosine distance of rows less their means, without normalising the rows first (scipy's `cdist`). */
function correlation(cols: number): RowDistance {
  const centre = (a: Float64Array, from: number) => {
    let sum = 0;
    for (let col = 0; col < cols; col++) sum += a[from + col];
    return sum / cols;
  };
  return (a, fromA, b, fromB) => {
    const [meanA, meanB] = [centre(a, fromA), centre(b, fromB)];
    let [dot, squareA, squareB] = [0, 0, 0];
    for (let col = 0; col < cols; col++) {
      const [left, right] = [a[fromA + col] - meanA, b[fromB + col] - meanB];
      dot += left * right;
      squareA += left * left;
      squareB += right * right;
    }
    const cosineValue = dot / (Math.sqrt(squareA) * Math.sqrt(squareB));
    return 1 - Math.min(Math.max(cosineValue, -1), 1);
  };
}

function hamming(cols: number): RowDistance {
  return (a, fromA, b, fromB) => {
    let unequal = 0;
    for (let col = 0; col < cols; col++) if (a[fromA + col] !== b[fromB + col]) unequal++;
    return unequal / cols;
  };
}

/** scikit-learn divides by |a| + |b|, scipy by |a + b|. */
function brayCurtis(cols: number, own: boolean): RowDistance {
  return (a, fromA, b, fromB) => {
    let numerator = 0;
    let denominator = 0;
    for (let col = 0; col < cols; col++) {
      numerator += Math.abs(a[fromA + col] - b[fromB + col]);
      const [left, right] = [a[fromA + col], b[fromB + col]];
      denominator += own ? Math.abs(left) + Math.abs(right) : Math.abs(left + right);
    }
    return denominator > 0 ? numerator / denominator : 0;
  };
}

function haversine(): RowDistance {
  return (a, fromA, b, fromB) => {
    const sin0 = Math.sin(0.5 * (a[fromA] - b[fromB]));
    const sin1 = Math.sin(0.5 * (a[fromA + 1] - b[fromB + 1]));
    return sin0 * sin0 + Math.cos(a[fromA]) * Math.cos(b[fromB]) * sin1 * sin1;
  };
}

function mahalanobis(cols: number, inverse: Float64Array): RowDistance {
  return (a, fromA, b, fromB) => {
    let sum = 0;
    for (let i = 0; i < cols; i++) {
      let row = 0;
      for (let j = 0; j < cols; j++) row += inverse[i * cols + j] * (a[fromA + j] - b[fromB + j]);
      sum += row * (a[fromA + i] - b[fromB + i]);
    }
    return sum;
  };
}

const squared: Term = (a, b) => (a - b) * (a - b);
const absolute: Term = (a, b) => Math.abs(a - b);

/** The Minkowski metric of an exponent, with weights of the columns where it has them. */
function minkowski(cols: number, p: number, weights: Float64Array | undefined): Metric {
  if (weights !== undefined) {
    const reduced: RowDistance = (a, fromA, b, fromB) => {
      let sum = 0;
      for (let col = 0; col < cols; col++) sum += weights[col] * Math.abs(a[fromA + col] - b[fromB + col]) ** p;
      return sum;
    };
    // weights move the bounds that a tree's nodes are cut off by
    return { ...powered('wminkowski', reduced, p), p: undefined };
  }
  if (p === 1) return plain('manhattan', additive(cols, absolute), 1);
  if (p === 2) return powered('euclidean', additive(cols, squared), 2);
  if (p === Infinity) return plain('chebyshev', chebyshev(cols), Infinity);
  return powered(
    'minkowski',
    additive(cols, (a, b) => Math.abs(a - b) ** p),
    p,
  );
}

/**
 * The metric that an estimator was fitted with: `effective_metric_` and its parameters.
 * @throws LoadError UnsupportedModel for callables, `precomputed` and what has no evaluator.
 */
export function readMetric(fitted: Fitted, cols: number, version: string | undefined): Metric {
  const name = fitted.has('effective_metric_') ? fitted.text('effective_metric_') : fitted.text('metric', 'minkowski');
  const stored = fitted.raw('effective_metric_params_', 'metric_params');
  const parameter = (key: string): PyValue | undefined => (stored instanceof PyDict ? stored.get(key) : undefined);
  const vector = (key: string): Float64Array | undefined => {
    const value = parameter(key);
    return value instanceof NdArray || Array.isArray(value) ? fitted.toFloats(value, key) : undefined;
  };
  const p = scalarNumber(parameter('p')) ?? fitted.numberOr(2, 'p');
  switch (name) {
    case 'euclidean':
    case 'l2':
      return minkowski(cols, 2, undefined);
    case 'sqeuclidean':
      return plain(name, additive(cols, squared));
    case 'manhattan':
    case 'cityblock':
    case 'l1':
      return minkowski(cols, 1, undefined);
    case 'chebyshev':
    case 'infinity':
      return minkowski(cols, Infinity, undefined);
    case 'minkowski':
    case 'p':
      return minkowski(cols, p, vector('w'));
    case 'hamming':
      return plain(name, hamming(cols));
    case 'canberra':
      return plain(
        name,
        additive(cols, (a, b) => (a === 0 && b === 0 ? 0 : Math.abs(a - b) / (Math.abs(a) + Math.abs(b)))),
      );
    case 'braycurtis':
      return plain(
        name,
        brayCurtis(cols, versionAtLeast(version, 1, 1) || fitted.text('_fit_method', 'brute') !== 'brute'),
      );
    case 'correlation':
      return plain(name, correlation(cols));
    case 'cosine':
      return plain(name, cosine(cols, rowNormOrder(version)));
    case 'haversine':
      return {
        ...plain(name, haversine()),
        toDistance: (value) => 2 * Math.asin(Math.sqrt(value)),
        toReduced: (value) => Math.sin(0.5 * value) ** 2,
      };
    case 'seuclidean': {
      const variances = vector('V');
      if (variances?.length !== cols) return fitted.unsupported('metric="seuclidean" without its variances');
      const reduced: RowDistance = (a, fromA, b, fromB) => {
        let sum = 0;
        for (let col = 0; col < cols; col++) sum += squared(a[fromA + col], b[fromB + col]) / variances[col];
        return sum;
      };
      return { ...powered(name, reduced, 2), p: undefined };
    }
    case 'mahalanobis': {
      const inverse = vector('VI');
      if (inverse?.length !== cols * cols)
        return fitted.unsupported('metric="mahalanobis" without its inverse covariance');
      return { ...powered(name, mahalanobis(cols, inverse), 2), p: undefined };
    }
    default:
      return fitted.unsupported(`metric="${name}"`);
  }
}

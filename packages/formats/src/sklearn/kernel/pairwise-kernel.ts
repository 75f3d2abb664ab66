import { PyDict } from '../../pickle/values.ts';
import type { Matrix } from '../estimator.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { type Dense, type Fitted, scalarNumber } from '../fitted.ts';
import { squaredNorms, timesTransposed } from '../matrix-product.ts';

/** Kernel values of each row of x with each fitted row, row-major. */
export type PairwiseKernel = (x: Matrix) => Float64Array;

/** A kernel that adds a term for each column. */
function additive(fit: Dense, term: (a: number, b: number) => number, done: (sum: number) => number): PairwiseKernel {
  return (x) =>
    Float64Array.from({ length: x.rows * fit.rows }, (_, at) => {
      const [row, other] = [Math.floor(at / fit.rows), at % fit.rows];
      let sum = 0;
      for (let col = 0; col < fit.cols; col++)
        sum += term(x.data[row * fit.cols + col], fit.data[other * fit.cols + col]);
      return done(sum);
    });
}

function cosine(fit: Dense): PairwiseKernel {
  const fitNorms = squaredNorms(fit).map((norm) => Math.sqrt(norm) || 1);
  return (x) => {
    const norms = squaredNorms(x).map((norm) => Math.sqrt(norm) || 1);
    return timesTransposed(x, fit).map((dot, at) => dot / norms[Math.floor(at / fit.rows)] / fitNorms[at % fit.rows]);
  };
}

/**
 * The kernels of `sklearn.metrics.pairwise` with the parameters `gamma` (1/n_features where None), `degree` and `coef0`.
 * @throws LoadError UnsupportedModel for callables, `precomputed` and kernels without an evaluator.
 */
export function readPairwiseKernel(fitted: Fitted, fit: Dense, version: string | undefined): PairwiseKernel {
  const kernel = fitted.text('kernel', 'linear');
  const own = fitted.raw('kernel_params');
  const given = (name: string) => (own instanceof PyDict ? scalarNumber(own.get(name)) : undefined);
  const gamma = given('gamma') ?? fitted.numberOr(kernel === 'chi2' ? 1 : 1 / fit.cols, 'gamma_', 'gamma');
  const coef0 = given('coef0') ?? fitted.numberOr(1, 'coef0');
  const degree = given('degree') ?? fitted.numberOr(3, 'degree');
  switch (kernel) {
    case 'linear':
      return (x) => timesTransposed(x, fit);
    case 'poly':
    case 'polynomial':
      return (x) => timesTransposed(x, fit).map((dot) => (gamma * dot + coef0) ** degree);
    case 'sigmoid':
      return (x) => timesTransposed(x, fit).map((dot) => Math.tanh(gamma * dot + coef0));
    case 'rbf':
      return (x) => squaredDistances(x, fit, rowNormOrder(version)).map((distance) => Math.exp(-gamma * distance));
    case 'laplacian':
      return additive(
        fit,
        (a, b) => Math.abs(a - b),
        (sum) => Math.exp(-gamma * sum),
      );
    case 'chi2':
    case 'additive_chi2': {
      const term = (a: number, b: number) => (a + b === 0 ? 0 : ((a - b) * (a - b)) / (a + b));
      return additive(fit, term, kernel === 'chi2' ? (sum) => Math.exp(-gamma * sum) : (sum) => -sum);
    }
    case 'cosine':
      return cosine(fit);
    default:
      return fitted.unsupported(`kernel="${kernel}"`);
  }
}

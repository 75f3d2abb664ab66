import { PyObject, type PyValue } from '../../pickle/values.ts';
import { type Dense, Fitted } from '../fitted.ts';

/** The covariance of one row of x (from an offset) with each fitted row. */
export type CovarianceRow = (x: Float64Array, from: number, out: Float64Array) => void;

/** Kernels nested in each other. */
const MAX_DEPTH = 40;

/** A kernel of a distance between scaled rows. */
function stationary(
  fitted: Fitted,
  fit: Dense,
  squared: boolean,
  covariance: (distance: number) => number,
): CovarianceRow {
  const { rows, cols, data } = fit;
  const stored = fitted.floats('length_scale');
  if (stored.length !== 1 && stored.length !== cols) fitted.corrupt(`"length_scale" has ${stored.length} elements`);
  const scale = stored.length === cols ? stored : new Float64Array(cols).fill(stored[0]);
  const scaled = data.map((value, at) => value / scale[at % cols]);
  return (x, from, out) => {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let col = 0; col < cols; col++) {
        const difference = x[from + col] / scale[col] - scaled[row * cols + col];
        sum += difference * difference;
      }
      out[row] = covariance(squared ? sum : Math.sqrt(sum));
    }
  };
}

/** A kernel of the distance between rows as they are. */
function ofDistance(fit: Dense, covariance: (squared: number) => number): CovarianceRow {
  const { rows, cols, data } = fit;
  return (x, from, out) => {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let col = 0; col < cols; col++) sum += (x[from + col] - data[row * cols + col]) ** 2;
      out[row] = covariance(sum);
    }
  };
}

function matern(fitted: Fitted, fit: Dense): CovarianceRow {
  const nu = fitted.number('nu');
  if (nu === 0.5) return stationary(fitted, fit, false, (distance) => Math.exp(-distance));
  if (nu === 1.5) {
    return stationary(fitted, fit, false, (distance) => {
      const k = distance * Math.sqrt(3);
      return (1 + k) * Math.exp(-k);
    });
  }
  if (nu === 2.5) {
    return stationary(fitted, fit, false, (distance) => {
      const k = distance * Math.sqrt(5);
      return (1 + k + k ** 2 / 3) * Math.exp(-k);
    });
  }
  if (nu === Infinity) return stationary(fitted, fit, true, (squared) => Math.exp(-squared / 2));
  return fitted.unsupported(`nu=${nu} (it needs Bessel functions)`);
}

function dotProduct(fitted: Fitted, { rows, cols, data }: Dense): CovarianceRow {
  const offset = fitted.number('sigma_0') ** 2;
  return (x, from, out) => {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let col = 0; col < cols; col++) sum += x[from + col] * data[row * cols + col];
      out[row] = sum + offset;
    }
  };
}

function combine(
  fit: Dense,
  left: CovarianceRow,
  right: CovarianceRow,
  both: (a: number, b: number) => number,
): CovarianceRow {
  const other = new Float64Array(fit.rows);
  return (x, from, out) => {
    left(x, from, out);
    right(x, from, other);
    for (let row = 0; row < fit.rows; row++) out[row] = both(out[row], other[row]);
  };
}

/**
 * A kernel object of `sklearn.gaussian_process.kernels`, as covariances with the fitted rows.
 * @throws LoadError UnsupportedModel for a kernel without an evaluator, by name.
 */
export function readCovariance(value: PyValue | undefined, fit: Dense, owner: Fitted, depth = 0): CovarianceRow {
  if (!(value instanceof PyObject) || depth > MAX_DEPTH) return owner.corrupt('"kernel_" is no kernel');
  const kernel = new Fitted(value);
  const nested = (name: string) => readCovariance(kernel.raw(name), fit, owner, depth + 1);
  switch (kernel.className) {
    case 'Sum':
      return combine(fit, nested('k1'), nested('k2'), (a, b) => a + b);
    case 'Product':
      return combine(fit, nested('k1'), nested('k2'), (a, b) => a * b);
    case 'Exponentiation': {
      const [inner, exponent] = [nested('kernel'), kernel.number('exponent')];
      return combine(
        fit,
        inner,
        () => {},
        (a) => a ** exponent,
      );
    }
    case 'ConstantKernel': {
      const constant = kernel.number('constant_value');
      return (_x, _from, out) => out.fill(constant);
    }
    case 'WhiteKernel':
      return (_x, _from, out) => out.fill(0);
    case 'RBF':
      return stationary(kernel, fit, true, (squared) => Math.exp(-0.5 * squared));
    case 'Matern':
      return matern(kernel, fit);
    case 'RationalQuadratic': {
      const [alpha, scale] = [kernel.number('alpha'), kernel.number('length_scale')];
      return ofDistance(fit, (squared) => (1 + squared / (2 * alpha * scale ** 2)) ** -alpha);
    }
    case 'ExpSineSquared': {
      const [period, scale] = [kernel.number('periodicity'), kernel.number('length_scale')];
      return ofDistance(fit, (squared) =>
        Math.exp(-2 * (Math.sin((Math.PI * Math.sqrt(squared)) / period) / scale) ** 2),
      );
    }
    case 'DotProduct':
      return dotProduct(kernel, fit);
    default:
      return owner.unsupported(`the kernel ${kernel.className}`);
  }
}

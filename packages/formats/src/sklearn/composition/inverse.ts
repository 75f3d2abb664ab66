import { LoadError } from '@berth/inference';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes, sequence } from '../attributes.ts';
import { elementFunction } from './function-transformer.ts';
import { normalCdf } from './normal-cdf.ts';

/** Undoes a transformation of the target in place: `data` is [rows, cols]. */
export type Inverse = (data: Float64Array, cols: number) => void;

/**
 * The `inverse_transform` of what people put around a target (sklearn `preprocessing/_data.py`).
 * @throws LoadError UnsupportedModel that names a transformer without one.
 */
export function inverseTransform(value: PyValue): Inverse {
  if (!(value instanceof PyObject)) throw new LoadError('CorruptModel', 'the target has a transformer that is none');
  const attributes = new Attributes(value);
  switch (value.type.name) {
    case 'FunctionTransformer': {
      const fn = elementFunction(value.get('inverse_func'), 'TransformedTargetRegressor with an inverse_func');
      return (data) => {
        if (fn !== undefined) for (let i = 0; i < data.length; i++) data[i] = fn.apply(data[i]);
      };
    }
    case 'StandardScaler':
      return affine(optional(attributes, 'scale_'), optional(attributes, 'mean_'));
    case 'RobustScaler':
      return affine(optional(attributes, 'scale_'), optional(attributes, 'center_'));
    case 'MaxAbsScaler':
      return affine(optional(attributes, 'scale_'), undefined);
    case 'MinMaxScaler':
      return minMax(attributes);
    case 'PowerTransformer':
      return power(attributes);
    case 'QuantileTransformer':
      return quantile(attributes);
    case 'Pipeline': {
      const steps = attributes
        .items('steps')
        .map((step) => sequence(step, () => attributes.corrupt('steps', 'holds no pairs'))[1]);
      const inverses = steps.filter((step) => step !== null && step !== 'passthrough').map(inverseTransform);
      return (data, cols) => {
        for (const inverse of inverses.toReversed()) inverse(data, cols);
      };
    }
    default:
      throw new LoadError('UnsupportedModel', `the inverse of ${value.type.path} has no native evaluator yet`);
  }
}

function optional(attributes: Attributes, name: string): Float64Array | undefined {
  return attributes.arrayOrUndefined(name) === undefined ? undefined : attributes.floats(name);
}

function affine(scale: Float64Array | undefined, shift: Float64Array | undefined): Inverse {
  return (data, cols) => {
    for (let i = 0; i < data.length; i++) {
      if (scale !== undefined) data[i] *= scale[i % cols];
      if (shift !== undefined) data[i] += shift[i % cols];
    }
  };
}

function minMax(attributes: Attributes): Inverse {
  const scale = attributes.floats('scale_');
  const min = attributes.floats('min_');
  return (data, cols) => {
    for (let i = 0; i < data.length; i++) data[i] = (data[i] - min[i % cols]) / scale[i % cols];
  };
}

function power(attributes: Attributes): Inverse {
  const lambdas = attributes.floats('lambdas_');
  const boxCox = attributes.text('method', 'yeo-johnson') === 'box-cox';
  const scaler = attributes.object.get('_scaler');
  const unscale =
    attributes.boolean('standardize', true) && scaler instanceof PyObject ? inverseTransform(scaler) : undefined;
  return (data, cols) => {
    unscale?.(data, cols);
    for (let i = 0; i < data.length; i++) {
      const lambda = lambdas[i % cols];
      data[i] = boxCox ? inverseBoxCox(data[i], lambda) : inverseYeoJohnson(data[i], lambda);
    }
  };
}

function inverseBoxCox(value: number, lambda: number): number {
  return lambda === 0 ? Math.exp(value) : Math.exp(Math.log1p(lambda * value) / lambda);
}

const EPSILON = 2 ** -52;

function inverseYeoJohnson(value: number, lambda: number): number {
  if (value >= 0) return Math.abs(lambda) < EPSILON ? Math.exp(value) - 1 : (value * lambda + 1) ** (1 / lambda) - 1;
  return Math.abs(lambda - 2) > EPSILON ? 1 - (-(2 - lambda) * value + 1) ** (1 / (2 - lambda)) : 1 - Math.exp(-value);
}

/** `BOUNDS_THRESHOLD` of the QuantileTransformer. */
const BOUNDS = 1e-7;

function quantile(attributes: Attributes): Inverse {
  const normal = attributes.text('output_distribution', 'uniform') === 'normal';
  const quantiles = attributes.array('quantiles_');
  const [count, width] = quantiles.shape;
  const values = quantiles.toFloat64();
  const references = attributes.floats('references_');
  return (data, cols) => {
    for (let i = 0; i < data.length; i++) {
      const column = i % cols;
      const at = (k: number) => values[k * width + column];
      const share = normal ? normalCdf(data[i]) : data[i];
      // What is within this of an end is taken for the end.
      if (normal && share - BOUNDS < 0) data[i] = at(0);
      else if (normal && share + BOUNDS > 1) data[i] = at(count - 1);
      else data[i] = interpolate(share, references, at, count);
    }
  };
}

/** `numpy.interp`, flat beyond both ends. */
function interpolate(x: number, xs: Float64Array, ys: (k: number) => number, count: number): number {
  if (Number.isNaN(x)) return x;
  if (x <= xs[0]) return ys(0);
  if (x >= xs[count - 1]) return ys(count - 1);
  let low = 0;
  let high = count - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return ((ys(high) - ys(low)) / (xs[high] - xs[low])) * (x - xs[low]) + ys(low);
}

import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import { checkWidth, toDense } from '../dense.ts';
import type { EstimatorClass, Matrix, Table } from '../estimator.ts';
import { floats } from '../results.ts';

interface Centred {
  readonly mean: Float64Array;
  readonly std: Float64Array;
  readonly features: number;
}

/** sklearn `cross_decomposition/_pls.py`: PLSRegression, PLSCanonical and CCA predict and transform alike. */
function partialLeastSquares(name: string): EstimatorClass {
  return {
    modules: [
      'sklearn.cross_decomposition._pls',
      'sklearn.cross_decomposition.pls_',
      'sklearn.cross_decomposition._cca',
      'sklearn.cross_decomposition.cca_',
    ],
    name,
    build: (object) => {
      const attributes = new Attributes(object);
      const centred = readCentre(attributes);
      const { coef, targets, scaled } = readCoef(attributes, centred);
      const offset = attributes.floats(firstPresent(attributes, ['intercept_', '_y_mean', 'y_mean_']));
      const flat = object.get('_predict_1d') === true;
      const rotations = attributes.array('x_rotations_');
      return {
        className: name,
        kind: 'regressor',
        nFeaturesIn: centred.features,
        ...attributes.inputFacts(),
        outputs: targets,
        predict: (x: Table): NdArray => {
          const { data, rows } = centre(x, centred, name, scaled, true);
          const out = times(data, rows, centred.features, coef, targets);
          for (let i = 0; i < out.length; i++) out[i] += offset[offset.length === 1 ? 0 : i % targets];
          return floats(flat ? [rows * targets] : [rows, targets], out);
        },
        transform: (x: Table): Matrix => {
          const { data, rows } = centre(x, centred, name, true, true);
          const cols = rotations.shape[1];
          const out = times(data, rows, centred.features, rotations.toFloat64(), cols);
          return { kind: 'matrix', rows, cols, data: out, dtype: 'float64' };
        },
      };
    },
  };
}

function firstPresent(attributes: Attributes, names: readonly string[]): string {
  return names.find((name) => attributes.has(name)) ?? names[0];
}

function readCentre(attributes: Attributes): Centred {
  const mean = attributes.floats(firstPresent(attributes, ['_x_mean', 'x_mean_']));
  const std = attributes.floats(firstPresent(attributes, ['_x_std', 'x_std_']));
  return { mean, std, features: mean.length };
}

/**
 * The weights as [features, targets], and whether X is divided by its deviation before them. That differs by release:
 * up to 1.0 `coef_` is [features, targets], in 1.1 and 1.2 `_coef_` and from 1.3 `coef_` are turned; from 1.4 or 1.5 on
 * the deviation is already inside, which shows by comparing with what the fit makes of its loadings.
 */
function readCoef(attributes: Attributes, centred: Centred): { coef: Float64Array; targets: number; scaled: boolean } {
  const name = attributes.has('_coef_') ? '_coef_' : 'coef_';
  const saved = attributes.array(name);
  const { features } = centred;
  const turned = attributes.has('intercept_');
  const targets = saved.size / features;
  if (saved.shape.length !== 2 || saved.shape[turned ? 1 : 0] !== features)
    throw attributes.corrupt(name, 'has the wrong shape');
  if (!turned) return { coef: saved.toFloat64(), targets, scaled: true };
  const source = saved.toFloat64();
  const coef = new Float64Array(features * targets);
  for (let k = 0; k < targets; k++) for (let j = 0; j < features; j++) coef[j * targets + k] = source[k * features + j];
  return { coef, targets, scaled: !deviationInside(attributes, centred, coef, targets) };
}

function deviationInside(attributes: Attributes, centred: Centred, coef: Float64Array, targets: number): boolean {
  const rotations = attributes.array('x_rotations_');
  const loadings = attributes.array('y_loadings_').toFloat64();
  const yStd = attributes.floats(firstPresent(attributes, ['_y_std', 'y_std_']));
  const components = rotations.shape[1];
  const turned = new Float64Array(components * targets);
  for (let k = 0; k < targets; k++) {
    for (let c = 0; c < components; c++)
      turned[c * targets + k] = loadings[k * components + c] * yStd[yStd.length === 1 ? 0 : k];
  }
  const plain = times(rotations.toFloat64(), centred.features, components, turned, targets);
  let without = 0;
  let inside = 0;
  for (let i = 0; i < coef.length; i++) {
    without += Math.abs(coef[i] - plain[i]);
    inside += Math.abs(coef[i] - plain[i] / centred.std[Math.floor(i / targets)]);
  }
  return inside < without;
}

/** @param inPlace whether rows of float32 stay that, as `X -= mean` leaves them */
function centre(
  x: Table,
  centred: Centred,
  who: string,
  scaled: boolean,
  inPlace: boolean,
): { data: Float64Array; rows: number } {
  checkWidth(x, centred.features, who);
  const dense = toDense(x, who);
  const { features, mean, std } = centred;
  const data = new Float64Array(dense.rows * features);
  const round = inPlace && dense.dtype === 'float32' ? Math.fround : Number;
  for (let i = 0; i < data.length; i++) {
    const j = i % features;
    data[i] = round(dense.data[i] - mean[j]);
    if (scaled) data[i] = round(data[i] / std[j]);
  }
  return { data, rows: dense.rows };
}

/** `[rows, inner] @ [inner, cols]`. */
function times(a: Float64Array, rows: number, inner: number, b: Float64Array, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) {
      let sum = 0;
      for (let j = 0; j < inner; j++) sum += a[i * inner + j] * b[j * cols + c];
      out[i * cols + c] = sum;
    }
  }
  return out;
}

/** PLSSVD transforms and does not predict. */
const plsSvd: EstimatorClass = {
  modules: ['sklearn.cross_decomposition._pls', 'sklearn.cross_decomposition.pls_'],
  name: 'PLSSVD',
  build: (object) => {
    const attributes = new Attributes(object);
    const centred = readCentre(attributes);
    const weights = attributes.array('x_weights_');
    return {
      className: 'PLSSVD',
      kind: 'transformer',
      nFeaturesIn: centred.features,
      ...attributes.inputFacts(),
      transform: (x: Table): Matrix => {
        const { data, rows } = centre(x, centred, 'PLSSVD', true, false);
        const cols = weights.shape[1];
        const out = times(data, rows, centred.features, weights.toFloat64(), cols);
        return { kind: 'matrix', rows, cols, data: out, dtype: 'float64' };
      },
    };
  },
};

export const PARTIAL_LEAST_SQUARES: readonly EstimatorClass[] = [
  plsSvd,
  ...['PLSRegression', 'PLSCanonical', 'CCA'].map(partialLeastSquares),
];

import { NdArray } from '../../numpy/ndarray.ts';
import type { Attributes } from '../attributes.ts';
import { checkFinite, checkWidth, toDense } from '../dense.ts';
import type { Table } from '../estimator.ts';
import { isFloat32 } from '../matrix-product.ts';

/** Weights `[outputs, features]`, one intercept an output. */
export interface LinearWeights {
  readonly outputs: number;
  readonly features: number;
  readonly coef: Float64Array;
  readonly intercept: Float64Array;
  /** Trained on float32: results are float32 where the input is. */
  readonly float32: boolean;
  /** Whether the intercept is float64 beside that (SGD): the sum with it is too. */
  readonly wideIntercept: boolean;
}

/** Reads `coef_` and `intercept_` (a scalar 0.0 without `fit_intercept`). `columns`: coef is saved [features, outputs]. */
export function readWeights(attributes: Attributes, coefName = 'coef_', interceptName = 'intercept_'): LinearWeights {
  const coef = denseArray(attributes, coefName);
  const [outputs, features] = coef.shape.length === 1 ? [1, coef.shape[0]] : coef.shape;
  const intercept = new Float64Array(outputs);
  const saved = attributes.value(interceptName);
  if (typeof saved === 'number') intercept.fill(saved);
  else {
    const values = attributes.floats(interceptName);
    if (values.length !== 1 && values.length !== outputs)
      throw attributes.corrupt(interceptName, 'has the wrong length');
    for (let i = 0; i < outputs; i++) intercept[i] = values[values.length === 1 ? 0 : i];
  }
  const wideIntercept = saved instanceof NdArray && saved.shape.length > 0 && saved.dtype.itemSize === 8;
  return { outputs, features, coef: coef.array.toFloat64(), intercept, float32: isFloat32(coef.array), wideIntercept };
}

function denseArray(attributes: Attributes, name: string): { array: NdArray; shape: readonly number[] } {
  const array = attributes.array(name);
  if (array.dtype.kind !== 'f' || array.shape.length < 1 || array.shape.length > 2) {
    throw attributes.corrupt(name, 'is no table of numbers');
  }
  return { array, shape: array.shape };
}

/**
 * `X @ coef_.T + intercept_`, `[rows, outputs]`, summed in float64; sparse input is not made dense.
 * @throws InferenceError INVALID_INPUT for NaN and infinity.
 */
export function linearProduct(
  x: Table,
  weights: LinearWeights,
  who: string,
): { data: Float64Array; rows: number; float32: boolean } {
  const { outputs, features, coef, intercept } = weights;
  checkWidth(x, features, who);
  if (x.kind === 'sparse') {
    checkFinite(x.data, 0, who, false);
    const out = new Float64Array(x.rows * outputs);
    for (let i = 0; i < x.rows; i++) {
      for (let k = 0; k < outputs; k++) {
        let sum = 0;
        for (let p = x.indptr[i]; p < x.indptr[i + 1]; p++) sum += x.data[p] * coef[k * features + x.indices[p]];
        out[i * outputs + k] = sum + intercept[k];
      }
    }
    return { data: out, rows: x.rows, float32: weights.float32 && x.dtype === 'float32' && !weights.wideIntercept };
  }
  const dense = toDense(x, who);
  const { data, rows } = dense;
  if (weights.float32 && dense.dtype === 'float32')
    return { data: float32Product(data, rows, weights), rows, float32: !weights.wideIntercept };
  const out = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i++) {
    const row = i * features;
    for (let k = 0; k < outputs; k++) {
      const start = k * features;
      let sum = 0;
      for (let j = 0; j < features; j++) sum += data[row + j] * coef[start + j];
      out[i * outputs + k] = sum + intercept[k];
    }
  }
  return { data: out, rows, float32: false };
}

/** The same with every partial sum rounded to float32, as a fused multiply-add does: what follows (exp) magnifies it. */
function float32Product(data: Float64Array, rows: number, weights: LinearWeights): Float64Array {
  const { outputs, features, coef, intercept, wideIntercept } = weights;
  const out = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < outputs; k++) {
      let sum = 0;
      for (let j = 0; j < features; j++) sum = Math.fround(sum + data[i * features + j] * coef[k * features + j]);
      out[i * outputs + k] = wideIntercept ? sum + intercept[k] : Math.fround(sum + intercept[k]);
    }
  }
  return out;
}

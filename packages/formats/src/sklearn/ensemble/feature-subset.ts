import { LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import type { PyValue } from '../../pickle/values.ts';
import type { Column, Matrix, Table } from '../estimator.ts';

/** The columns one member of an ensemble was trained on; undefined where it is all of them in order. */
export type FeatureSubset = Int32Array | undefined;

/**
 * Reads one item of `estimators_features_`.
 * @throws LoadError CorruptModel where it names a column that is not there.
 */
export function readFeatureSubset(value: PyValue | undefined, features: number, where: string): FeatureSubset {
  if (value === undefined || value === null) return undefined;
  const list = readIndices(value);
  if (list === undefined || list.some((index) => !(index >= 0 && index < features))) {
    throw new LoadError('CorruptModel', `${where}: its features are not among the ${features} of the model`);
  }
  return list.length === features && list.every((index, at) => index === at) ? undefined : list;
}

function readIndices(value: PyValue): Int32Array | undefined {
  if (Array.isArray(value)) return Int32Array.from(value, Number);
  if (!(value instanceof NdArray)) return undefined;
  try {
    return value.toInt32();
  } catch {
    return undefined;
  }
}

/** `X[:, features]`. Names go: scikit-learn hands members of an ensemble plain arrays. */
export function selectFeatures(x: Table, subset: FeatureSubset): Table {
  if (subset === undefined) return x;
  if (x.kind === 'frame') {
    const columns = Array.from(subset, (index): Column => x.columns[index]);
    return { kind: 'frame', rows: x.rows, columns, named: false };
  }
  const cols = subset.length;
  const data = new Float64Array(x.rows * cols);
  if (x.kind === 'matrix') {
    for (let row = 0; row < x.rows; row++) {
      for (let k = 0; k < cols; k++) data[row * cols + k] = x.data[row * x.cols + subset[k]];
    }
  } else {
    const line = new Float64Array(x.cols);
    for (let row = 0; row < x.rows; row++) {
      for (let at = x.indptr[row]; at < x.indptr[row + 1]; at++) line[x.indices[at]] += x.data[at];
      for (let k = 0; k < cols; k++) data[row * cols + k] = line[subset[k]];
      for (let at = x.indptr[row]; at < x.indptr[row + 1]; at++) line[x.indices[at]] = 0;
    }
  }
  const out: Matrix = { kind: 'matrix', rows: x.rows, cols, data, dtype: x.dtype };
  return out;
}

/** Number of features to check a subset against: the model's own count. */
export function knownFeatures(count: number | undefined, subsets: readonly PyValue[]): number {
  if (count !== undefined) return count;
  let most = 0;
  for (const subset of subsets) for (const index of readIndices(subset) ?? []) most = Math.max(most, index + 1);
  return most;
}

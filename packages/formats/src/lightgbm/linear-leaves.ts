import { damaged, integersOf, numbersOf } from './fields.ts';
import type { KeyValues } from './model-text.ts';

/** Leaves that answer a linear function of some columns (`linear_tree`). */
export interface LinearLeaves {
  readonly constants: Float64Array;
  /** Terms of leaf `l` are those from `starts[l]` up to `starts[l + 1]`. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly coefficients: Float64Array;
  /** What a leaf answers where one of its columns is missing. */
  readonly fallback: Float64Array;
}

/** Reads the linear part of a tree. @throws LoadError CorruptModel that names the tree and the field. */
export function readLinearLeaves(
  values: KeyValues,
  where: string,
  fallback: Float64Array,
  numFeatures: number,
): LinearLeaves {
  const leaves = fallback.length;
  const counts = values.has('num_features')
    ? integersOf(values, 'num_features', where, leaves)
    : new Int32Array(leaves);
  const starts = new Int32Array(leaves + 1);
  for (let leaf = 0; leaf < leaves; leaf++) {
    if (counts[leaf] < 0) throw damaged(where, 'num_features', `has at ${leaf} ${counts[leaf]}`);
    starts[leaf + 1] = starts[leaf] + counts[leaf];
  }
  const terms = starts[leaves];
  const columns = terms === 0 ? new Int32Array(0) : integersOf(values, 'leaf_features', where, terms);
  const bad = columns.find((column) => column < 0 || column >= numFeatures);
  if (bad !== undefined) throw damaged(where, 'leaf_features', `names column ${bad} of ${numFeatures}`);
  return {
    constants: numbersOf(values, 'leaf_const', where, leaves),
    starts,
    columns,
    coefficients: terms === 0 ? new Float64Array(0) : numbersOf(values, 'leaf_coeff', where, terms),
    fallback,
  };
}

/** What leaf `leaf` answers for the row at `offset` (LightGBM's `Tree::Predict`). */
export function linearLeafValue(linear: LinearLeaves, leaf: number, rows: Float64Array, offset: number): number {
  let output = linear.constants[leaf];
  for (let term = linear.starts[leaf]; term < linear.starts[leaf + 1]; term++) {
    const cell = rows[offset + linear.columns[term]];
    if (Number.isNaN(cell)) return linear.fallback[leaf];
    output += linear.coefficients[term] * cell;
  }
  return output;
}

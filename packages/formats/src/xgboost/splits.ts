import type { CategorySets } from '../trees/category-sets.ts';
import type { TreeSource } from '../trees/tree-source.ts';

/** The nodes of a tree in XGBoost's terms: a row goes left where its cell is less than the condition. */
export interface Splits {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly feature: Int32Array;
  /** Of a leaf, its value. */
  readonly condition: ArrayLike<number>;
  readonly defaultLeft: ArrayLike<number>;
  readonly categorySet?: Int32Array;
  readonly categories?: CategorySets;
}

/** The vectors of multi-output leaves. */
export interface LeafVectors {
  readonly values: Float64Array;
  /** Number of the vector that a leaf node has. */
  leafOf(node: number): number;
}

/** Restates XGBoost's splits as {@link TreeSource} does: at most the threshold, instead of less than the condition. */
export function splitsToTree(splits: Splits, vectors?: LeafVectors): TreeSource {
  const { left, right, feature, condition, categorySet } = splits;
  const count = left.length;
  const threshold = new Float64Array(count);
  const missingLeft = new Uint8Array(count);
  const leaf = new Int32Array(count).fill(-1);
  const scalars: number[] = [];
  for (let node = 0; node < count; node++) {
    if (left[node] === -1) {
      leaf[node] = vectors?.leafOf(node) ?? scalars.push(condition[node]) - 1;
    } else {
      threshold[node] = (categorySet?.[node] ?? -1) >= 0 ? NaN : below(Math.fround(condition[node]));
      missingLeft[node] = splits.defaultLeft[node] === 0 ? 0 : 1;
    }
  }
  const leafValues = Float32Array.from(vectors?.values ?? scalars);
  const base = { left, right, feature, threshold, missingLeft, leaf, leafValues };
  if (splits.categorySet === undefined || splits.categories === undefined) return base;
  return { ...base, categorySet: splits.categorySet, categories: splits.categories };
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * The greatest float32 that is less than `value`, so that `x < value` and `x <= below(value)` agree for every float32 x.
 * Nothing is below -Infinity; NaN stays NaN, which the loader refuses.
 */
export function below(value: number): number {
  if (Number.isNaN(value)) return NaN;
  if (value === -Infinity) return -Infinity;
  if (value === 0) return -(2 ** -149);
  float[0] = value;
  bits[0] += value > 0 ? -1 : 1;
  return float[0];
}

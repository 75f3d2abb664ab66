import type { CategorySets } from './category-sets.ts';

/**
 * One decision tree as a file describes it, in the terms that XGBoost and LightGBM share.
 * Node 0 is the root. A row goes left where its cell is at most the threshold.
 */
export interface TreeSource {
  /** Index of the left child; -1 marks a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Column that a split reads. */
  readonly feature: Int32Array;
  /** NaN where the split is categorical. */
  readonly threshold: Float64Array;
  /** 1 where a missing cell (NaN) goes left. */
  readonly missingLeft: Uint8Array;
  /** Which leaf a leaf node is: its index in `leafValues`, in units of the leaf's size. */
  readonly leaf: Int32Array;
  /** Number of leaves × outputs of a leaf. */
  readonly leafValues: Float64Array | Float32Array;
  /** For categorical splits: the set of each node, -1 where there is none. */
  readonly categorySet?: Int32Array;
  /** The sets that `categorySet` numbers. */
  readonly categories?: CategorySets;
}

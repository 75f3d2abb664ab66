import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { densify } from '../dense.ts';
import type { EstimatorClass, SparseMatrix } from '../estimator.ts';
import { asList } from '../renamed.ts';
import { FlatForest } from '../tree/flat-forest.ts';
import type { RowRules } from '../tree/float-rows.ts';
import { eachTreeLeaf, readTrees, treeFeatures } from '../tree/leaf-table.ts';

/**
 * RandomTreesEmbedding (sklearn `ensemble/_forest.py`): one column for each leaf of each tree, in the order of their node
 * ids; a row has a 1 for the leaf it ends in.
 */
export const randomTreesEmbedding: EstimatorClass = {
  modules: ['sklearn.ensemble._forest', 'sklearn.ensemble.forest'],
  name: 'RandomTreesEmbedding',
  build(object) {
    const attributes = new Attributes(object);
    const trees = readTrees(attributes.items('estimators_'), attributes.className);
    const forest = new FlatForest(trees);
    checkCategories(object, forest, attributes);
    const rules: RowRules = {
      className: attributes.className,
      features: treeFeatures(attributes.nFeaturesIn(), trees),
      allowNaN: false,
    };
    const isSparse = object.get('sparse_output') !== false;
    return {
      className: attributes.className,
      kind: 'transformer',
      ...attributes.inputFacts(),
      transform(x) {
        const count = trees.length;
        const indices = new Int32Array(x.rows * count);
        eachTreeLeaf(x, rules, forest, (row, tree, leaf) => {
          indices[row * count + tree] = leaf;
        });
        const out: SparseMatrix = {
          kind: 'sparse',
          rows: x.rows,
          cols: forest.leafCount,
          indptr: Int32Array.from({ length: x.rows + 1 }, (_, row) => row * count),
          indices,
          data: new Float64Array(indices.length).fill(1),
          dtype: 'float64',
        };
        return isSparse ? out : densify(out);
      },
      featureNamesOut: () =>
        Array.from(trees.keys()).flatMap((tree) =>
          Array.from(
            forest.leafNodes.subarray(forest.leafStarts[tree], forest.leafStarts[tree + 1]),
            (node) => `randomtreesembedding_${tree}_${node}`,
          ),
        ),
      describe: () => `${attributes.className}, ${trees.length} trees`,
    };
  },
};

/** Every leaf holds training rows, so the encoder's categories are the leaves; a file that says otherwise is damaged. */
function checkCategories(object: PyObject, forest: FlatForest, attributes: Attributes): void {
  const encoder = object.get('one_hot_encoder_');
  const categories = encoder instanceof PyObject ? asList(encoder.get('categories_')) : undefined;
  if (categories === undefined) return;
  const sizes = categories.map((list) => (list instanceof NdArray ? list.size : -1));
  if (sizes.some((size, tree) => size !== forest.leafStarts[tree + 1] - forest.leafStarts[tree])) {
    throw attributes.corrupt('one_hot_encoder_', 'does not know the leaves of the trees');
  }
}

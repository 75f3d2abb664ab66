import { Attributes } from '../attributes.ts';
import type { EstimatorClass, Table } from '../estimator.ts';
import { isFloat32 } from '../matrix-product.ts';
import { floats } from '../results.ts';
import { eachTreeLeaf, readTrees, regressionLeaves, treeFeatures } from '../tree/leaf-table.ts';
import { predictOf } from './member-methods.ts';
import { areTrees } from './tree-members.ts';

/** Predictions of all members: `[rows, members]`. */
type Predictions = (x: Table) => { data: Float64Array; float32: boolean };

/** AdaBoostRegressor (sklearn `ensemble/_weight_boosting.py`): the weighted median of the members' predictions. */
export const adaBoostRegressor: EstimatorClass = {
  modules: ['sklearn.ensemble._weight_boosting', 'sklearn.ensemble.weight_boosting'],
  name: 'AdaBoostRegressor',
  build(object, context) {
    const attributes = new Attributes(object);
    const members = attributes.items('estimators_');
    const weights = attributes.floats('estimator_weights_');
    if (members.length === 0 || weights.length < members.length) {
      throw attributes.corrupt('estimator_weights_', 'does not fit estimators_');
    }
    const count = members.length;
    let predictions: Predictions;
    if (areTrees(members, 'Regressor')) {
      const trees = readTrees(members, attributes.className);
      const { forest, values, width } = regressionLeaves(trees);
      const features = treeFeatures(attributes.nFeaturesIn(), trees);
      const rules = { className: attributes.className, features, allowNaN: false };
      predictions = (x) => {
        const out = new Float64Array(x.rows * count);
        eachTreeLeaf(x, rules, forest, (row, tree, leaf) => {
          out[row * count + tree] = values[leaf * width];
        });
        return { data: out, float32: false };
      };
    } else {
      const predicts = members.map((member, at) => predictOf(context.build(member, `estimators_[${at}]`), attributes));
      predictions = (x) => {
        const out = new Float64Array(x.rows * count);
        let float32 = true;
        for (const [at, predict] of predicts.entries()) {
          const result = predict(x);
          float32 &&= isFloat32(result);
          const answer = result.toFloat64();
          for (let row = 0; row < x.rows; row++) out[row * count + at] = answer[row];
        }
        return { data: out, float32 };
      };
    }
    return {
      className: attributes.className,
      kind: 'regressor',
      ...attributes.inputFacts(),
      predict(x) {
        const { data, float32 } = predictions(x);
        const out = new Float64Array(x.rows);
        for (let row = 0; row < x.rows; row++)
          out[row] = weightedMedian(data.subarray(row * count, (row + 1) * count), weights);
        return floats([x.rows], out, float32);
      },
      describe: () => `${attributes.className}, ${count} members`,
    };
  },
};

/** The first prediction, by size, at which the weights reach half of their sum. */
function weightedMedian(predictions: Float64Array, weights: Float64Array): number {
  const order = Uint32Array.from(predictions.keys()).sort((a, b) => predictions[a] - predictions[b] || a - b);
  let total = 0;
  for (const member of order) total += weights[member];
  let sum = 0;
  for (const member of order) {
    sum += weights[member];
    if (sum >= 0.5 * total) return predictions[member];
  }
  return predictions[order[0]];
}

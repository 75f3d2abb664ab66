import { float64Array, type NdArray } from '../../numpy/ndarray.ts';
import type { PyObject, PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, Table } from '../estimator.ts';
import { readClasses, stackOutputs } from '../labels.ts';
import { argmaxRows, takeLabels } from '../results.ts';
import { isAtLeast } from '../version.ts';
import type { RowRules } from './float-rows.ts';
import { probabilityLeaves, readTrees, regressionLeaves, sumLeaves, treeFeatures } from './leaf-table.ts';

/** What a single tree and a forest have in common. */
export interface TreesOptions {
  readonly trees: readonly PyValue[];
  readonly allowNaN: boolean;
  readonly version: string | undefined;
  readonly describe: string;
}

/**
 * A classifier whose probabilities are the mean of its trees' leaf probabilities, summed in the order of the trees; the
 * prediction is the first class with the largest mean (`ForestClassifier.predict`; a single tree is a forest of one).
 */
export function treeClassifier(object: PyObject, options: TreesOptions): Estimator {
  const attributes = new Attributes(object);
  const trees = readTrees(options.trees, attributes.className);
  const classes = readClasses(object.get('classes_'), attributes.className);
  const counts = classes.map((labels) => labels.size);
  const leaves = probabilityLeaves(trees, counts, options.version);
  const rules: RowRules = {
    className: attributes.className,
    features: treeFeatures(attributes.nFeaturesIn(), trees),
    allowNaN: options.allowNaN,
  };
  const treeCount = trees.length;

  function probabilities(x: Table): Float64Array {
    const sums = sumLeaves(x, rules, leaves);
    if (treeCount > 1) for (let i = 0; i < sums.length; i++) sums[i] /= treeCount;
    return sums;
  }

  /** The columns of one output. */
  function outputOf(all: Float64Array, rows: number, output: number): Float64Array {
    if (counts.length === 1) return all;
    const width = counts[output];
    let from = 0;
    for (let k = 0; k < output; k++) from += counts[k];
    const out = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < width; k++) out[row * width + k] = all[row * leaves.width + from + k];
    }
    return out;
  }

  function perOutput(x: Table, map: (value: number) => number): NdArray | readonly NdArray[] {
    const all = probabilities(x).map(map);
    const arrays = counts.map((width, output) => float64Array([x.rows, width], outputOf(all, x.rows, output)));
    return arrays.length === 1 ? arrays[0] : arrays;
  }

  return {
    className: attributes.className,
    ...attributes.inputFacts(),
    kind: 'classifier',
    classes,
    outputs: counts.length,
    predict(x) {
      const all = probabilities(x);
      const columns = counts.map((width, output) =>
        takeLabels(classes[output], argmaxRows(outputOf(all, x.rows, output), x.rows, width)),
      );
      const labels = stackOutputs(columns, x.rows);
      // Up to 0.20 the answers were written into an array of zeros, which is float64.
      const isOld = columns.length > 1 && !isAtLeast(options.version, 0, 21) && !Array.isArray(labels.data);
      return isOld ? float64Array(labels.shape, labels.toFloat64()) : labels;
    },
    predictProba(x) {
      if (counts.length === 1) return float64Array([x.rows, counts[0]], probabilities(x));
      return perOutput(x, (value) => value);
    },
    predictLogProba: (x) => perOutput(x, Math.log),
    describe: () => options.describe,
  };
}

/** A regressor that answers the mean of its trees' leaves (`ForestRegressor.predict`). */
export function treeRegressor(object: PyObject, options: TreesOptions): Estimator {
  const attributes = new Attributes(object);
  const trees = readTrees(options.trees, attributes.className);
  const leaves = regressionLeaves(trees);
  const rules: RowRules = {
    className: attributes.className,
    features: treeFeatures(attributes.nFeaturesIn(), trees),
    allowNaN: options.allowNaN,
  };
  return {
    className: attributes.className,
    ...attributes.inputFacts(),
    kind: 'regressor',
    outputs: leaves.width,
    predict(x) {
      const sums = sumLeaves(x, rules, leaves);
      if (trees.length > 1) for (let i = 0; i < sums.length; i++) sums[i] /= trees.length;
      return float64Array(leaves.width === 1 ? [x.rows] : [x.rows, leaves.width], sums);
    },
    describe: () => options.describe,
  };
}

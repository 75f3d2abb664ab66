import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { matrix } from '../dense.ts';
import { Fitted, listItems } from '../fitted.ts';
import { timesTransposed, transpose } from '../matrix-product.ts';

/** Feature importances: one value for each feature, or (coefficients of several outputs) rows of them. */
export interface Importances {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
  /** Whether the array was one-dimensional: then the norm is the absolute value. */
  readonly flat: boolean;
}

const flat = (data: Float64Array): Importances => ({ rows: 1, cols: data.length, data, flat: true });

/** What a tree's splits took off the impurity, by feature (`Tree.compute_feature_importances`). */
function treeImportances(
  value: PyValue | undefined,
  normalize: boolean,
): { nodes: number; data: Float64Array } | undefined {
  const tree = value instanceof PyObject ? value : undefined;
  const nodes = tree?.get('nodes');
  const features = Number(tree?.args[0]);
  if (!(nodes instanceof NdArray) || !(features >= 0)) return undefined;
  const left = nodes.field('left_child').toInt32();
  const right = nodes.field('right_child').toInt32();
  const feature = nodes.field('feature').toInt32();
  const impurity = nodes.field('impurity').toFloat64();
  const weight = nodes.field('weighted_n_node_samples').toFloat64();
  const data = new Float64Array(features);
  for (let node = 0; node < left.length; node++) {
    if (left[node] < 0) continue;
    const [l, r] = [left[node], right[node]];
    data[feature[node]] += weight[node] * impurity[node] - weight[l] * impurity[l] - weight[r] * impurity[r];
  }
  const total = weight[0];
  for (let i = 0; i < features; i++) data[i] /= total;
  return { nodes: left.length, data: normalize ? normalized(data) : data };
}

function normalized(data: Float64Array): Float64Array {
  const sum = data.reduce((all, value) => all + value, 0);
  return sum > 0 ? data.map((value) => value / sum) : data;
}

function weightedMean(all: readonly Float64Array[], weights?: Float64Array): Float64Array {
  const out = new Float64Array(all[0]?.length ?? 0);
  all.forEach((one, index) => {
    for (let i = 0; i < out.length; i++) out[i] += one[i] * (weights?.[index] ?? 1);
  });
  const total = weights?.reduce((sum, value) => sum + value, 0) ?? all.length;
  return out.map((value) => value / total);
}

/** Trees of an ensemble's `estimators_`, whatever the shape of that list. */
function trees(fitted: Fitted): Fitted[] {
  const stored = fitted.raw('estimators_');
  const items = stored instanceof NdArray ? Array.from(stored.data as ArrayLike<PyValue>) : (listItems(stored) ?? []);
  return items.map((item) =>
    item instanceof PyObject ? new Fitted(item) : fitted.corrupt('"estimators_" holds no estimators'),
  );
}

function featureImportances(fitted: Fitted): Float64Array | undefined {
  const { className } = fitted;
  if (/^(DecisionTree|ExtraTree)(Classifier|Regressor)$/.test(className)) {
    return treeImportances(fitted.raw('tree_'), true)?.data;
  }
  if (/^(RandomForest|ExtraTrees|GradientBoosting)(Classifier|Regressor)$/.test(className)) {
    const own = !className.startsWith('Gradient');
    const grown = trees(fitted).flatMap((tree) => {
      const one = treeImportances(tree.raw('tree_'), own);
      return one === undefined || one.nodes <= 1 ? [] : [one.data];
    });
    if (grown.length === 0) return new Float64Array(fitted.number('n_features_in_', 'n_features_'));
    const mean = weightedMean(grown);
    const sum = mean.reduce((all, value) => all + value, 0);
    return mean.map((value) => value / sum);
  }
  if (/^AdaBoost(Classifier|Regressor)$/.test(className)) {
    const members = trees(fitted).map((tree) => featureImportances(tree) ?? new Float64Array(0));
    return weightedMean(members, fitted.floats('estimator_weights_').subarray(0, members.length));
  }
  return undefined;
}

/** `coef_` of a libsvm machine with a linear kernel is computed; with two classes it is one row. */
function machineCoefficients(fitted: Fitted): Importances | undefined {
  if (!/^(SVC|NuSVC|SVR|NuSVR|OneClassSVM)$/.test(fitted.className) || fitted.raw('kernel') !== 'linear')
    return undefined;
  const dual = fitted.matrix('dual_coef_');
  const vectors = fitted.matrix('support_vectors_');
  if (dual.rows === 1) {
    return {
      rows: 1,
      cols: vectors.cols,
      data: timesTransposed(matrix(1, dual.cols, dual.data), transpose(vectors)),
      flat: false,
    };
  }
  return { ...pairCoefficients(fitted, dual.data, vectors.data, vectors.rows, vectors.cols), flat: false };
}

/** `_one_vs_one_coef`: a row for each pair of classes. */
function pairCoefficients(fitted: Fitted, dual: Float64Array, vectors: Float64Array, count: number, cols: number) {
  const perClass = fitted.floats('_n_support', 'n_support_');
  const start = [0];
  for (const support of perClass) start.push(start[start.length - 1] + support);
  const pairs = (perClass.length * (perClass.length - 1)) / 2;
  const data = new Float64Array(pairs * cols);
  let pair = 0;
  for (let i = 0; i < perClass.length; i++) {
    for (let j = i + 1; j < perClass.length; j++, pair++) {
      const ranges = [
        [j - 1, start[i], start[i + 1]],
        [i, start[j], start[j + 1]],
      ];
      for (const [row, from, to] of ranges) {
        for (let vector = from; vector < to; vector++) {
          for (let col = 0; col < cols; col++)
            data[pair * cols + col] += dual[row * count + vector] * vectors[vector * cols + col];
        }
      }
    }
  }
  return { rows: pairs, cols, data };
}

function coefficients(fitted: Fitted): Importances | undefined {
  if (!fitted.has('coef_')) return machineCoefficients(fitted);
  const stored = fitted.raw('coef_');
  const dense = fitted.matrix('coef_');
  return { ...dense, flat: stored instanceof NdArray && stored.shape.length === 1 };
}

/**
 * The importances of a fitted estimator as `SelectFromModel` looks them up: its coefficients, else its features' part in
 * the splits.
 * @throws LoadError UnsupportedModel when the estimator has neither in a form that can be read.
 */
export function readImportances(owner: Fitted, estimator: Fitted): Importances {
  const getter = owner.text('importance_getter', 'auto');
  if (!['auto', 'coef_', 'feature_importances_'].includes(getter)) owner.unsupported(`importance_getter="${getter}"`);
  if (getter !== 'feature_importances_') {
    const found = coefficients(estimator);
    if (found !== undefined) return found;
  }
  const found = featureImportances(estimator);
  return found === undefined ? owner.unsupported(`a ${estimator.className} inside`) : flat(found);
}

import { PyObject } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { forestAllowsNaN } from '../tree/missing-values.ts';
import { treeClassifier, treeRegressor } from '../tree/tree-evaluators.ts';

const FOREST_MODULES = ['sklearn.ensemble._forest', 'sklearn.ensemble.forest'];

function forestClass(name: string, evaluate: typeof treeClassifier): EstimatorClass {
  return {
    modules: FOREST_MODULES,
    name,
    build(object, { version }) {
      const trees = new Attributes(object).items('estimators_');
      const first = trees[0];
      return evaluate(object, {
        trees,
        allowNaN: first instanceof PyObject && forestAllowsNaN(first, version),
        version,
        describe: `${name}, ${trees.length} trees`,
      });
    },
  };
}

/** `RandomForest*` and `ExtraTrees*`. */
export const forests: readonly EstimatorClass[] = [
  forestClass('RandomForestClassifier', treeClassifier),
  forestClass('ExtraTreesClassifier', treeClassifier),
  forestClass('RandomForestRegressor', treeRegressor),
  forestClass('ExtraTreesRegressor', treeRegressor),
];

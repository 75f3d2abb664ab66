import type { EstimatorClass } from '../estimator.ts';
import { treeAllowsNaN } from './missing-values.ts';
import { treeClassifier, treeRegressor } from './tree-evaluators.ts';

const MODULES = ['sklearn.tree._classes', 'sklearn.tree.tree'];

function treeClass(name: string, evaluate: typeof treeClassifier): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build: (object, { version }) =>
      evaluate(object, { trees: [object], allowNaN: treeAllowsNaN(object, version), version, describe: name }),
  };
}

/** `sklearn.tree`: one tree each. */
export const decisionTrees: readonly EstimatorClass[] = [
  treeClass('DecisionTreeClassifier', treeClassifier),
  treeClass('ExtraTreeClassifier', treeClassifier),
  treeClass('DecisionTreeRegressor', treeRegressor),
  treeClass('ExtraTreeRegressor', treeRegressor),
];

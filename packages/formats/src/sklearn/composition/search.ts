import { LoadError } from '@berth/inference';
import type { EstimatorClass } from '../estimator.ts';

const MODULES = ['sklearn.model_selection._search', 'sklearn.grid_search'];

/** A finished search answers as its best estimator (sklearn `model_selection/_search.py`, BaseSearchCV). */
function search(name: string, modules: readonly string[] = MODULES): EstimatorClass {
  return {
    modules,
    name,
    build: (object, context) => {
      const best = object.get('best_estimator_');
      if (best === undefined) {
        throw new LoadError(
          'UnsupportedModel',
          `${name} has no best_estimator_: it was run with refit=False, or not fitted`,
        );
      }
      const inner = context.build(best, `the best estimator of ${name}`);
      return { ...inner, describe: () => `${name}(${inner.describe?.() ?? inner.className})` };
    },
  };
}

const HALVING = ['sklearn.model_selection._search_successive_halving'];

export const SEARCHES: readonly EstimatorClass[] = [
  search('GridSearchCV'),
  search('RandomizedSearchCV'),
  search('HalvingGridSearchCV', HALVING),
  search('HalvingRandomSearchCV', HALVING),
];

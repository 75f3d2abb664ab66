import { Attributes } from './attributes.ts';
import type { EstimatorClass } from './estimator.ts';

/** FrozenEstimator (sklearn `frozen/_frozen.py`, 1.6): the estimator inside answers everything. */
export const frozenEstimator: EstimatorClass = {
  modules: ['sklearn.frozen._frozen'],
  name: 'FrozenEstimator',
  build(object, context) {
    const inner = context.build(new Attributes(object).value('estimator'), 'estimator');
    return { ...inner, describe: () => `FrozenEstimator(${inner.describe?.() ?? inner.className})` };
  },
};

import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';

/** Answers as the regressor that was fitted on the inliers (sklearn `linear_model/_ransac.py`). */
export const ransacRegressor: EstimatorClass = {
  modules: ['sklearn.linear_model._ransac', 'sklearn.linear_model.ransac'],
  name: 'RANSACRegressor',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const inner = context.build(attributes.value('estimator_'), 'the regressor of RANSACRegressor');
    return { ...inner, ...attributes.inputFacts(), className: 'RANSACRegressor', kind: 'regressor' };
  },
};

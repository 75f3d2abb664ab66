import type { BuildContext, Estimator, EstimatorClass } from '../estimator.ts';
import { Fitted } from '../fitted.ts';
import { labelPropagationClasses } from './label-propagation.ts';

/** Answers as the classifier that it trained. */
const selfTraining: EstimatorClass = {
  modules: ['sklearn.semi_supervised._self_training', 'sklearn.semi_supervised'],
  name: 'SelfTrainingClassifier',
  build(object, context: BuildContext): Estimator {
    const fitted = new Fitted(object);
    const inner = context.build(
      fitted.raw('estimator_', 'base_estimator_') ?? null,
      'the classifier of SelfTrainingClassifier',
    );
    return {
      ...inner,
      className: fitted.className,
      describe: () => `${fitted.className}(${inner.describe?.() ?? inner.className})`,
    };
  },
};

/** `sklearn.semi_supervised`. */
export const SEMI_SUPERVISED: readonly EstimatorClass[] = [...labelPropagationClasses, selfTraining];

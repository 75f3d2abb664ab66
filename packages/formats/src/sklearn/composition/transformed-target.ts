import { LoadError } from '@berth/inference';
import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { floats } from '../results.ts';
import { inverseTransform } from './inverse.ts';
import { inputOf } from './multi-output.ts';

/** sklearn `compose/_target.py`: a regressor whose answers are turned back into the target's own units. */
export const transformedTarget: EstimatorClass = {
  modules: ['sklearn.compose._target'],
  name: 'TransformedTargetRegressor',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const regressor = context.build(attributes.value('regressor_'), 'the regressor of TransformedTargetRegressor');
    const { predict } = regressor;
    if (predict === undefined)
      throw new LoadError('CorruptModel', 'the regressor of TransformedTargetRegressor can not predict');
    const inverse = inverseTransform(attributes.value('transformer_'));
    const flat = object.get('_training_dim') === 1;
    return {
      className: 'TransformedTargetRegressor',
      kind: 'regressor',
      ...inputOf(regressor),
      ...attributes.inputFacts(),
      ...(regressor.outputs === undefined ? {} : { outputs: regressor.outputs }),
      predict: (x) => {
        const answer = predict.call(regressor, x);
        const data = Float64Array.from(answer.toFloat64());
        const cols = answer.shape[1] ?? 1;
        inverse(data, cols);
        return floats(flat && cols === 1 ? [x.rows] : [x.rows, cols], data);
      },
      describe: () => `TransformedTargetRegressor(${regressor.describe?.() ?? regressor.className})`,
    };
  },
};

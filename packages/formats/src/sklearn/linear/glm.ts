import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { linearRegressor } from './regressor.ts';

const MODULES = ['sklearn.linear_model._glm.glm'];

/** sklearn `linear_model/_glm/glm.py`: a linear model behind a log link, or the identity where Tweedie's power is 0 or less. */
function generalised(name: string): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build: (object) => {
      const attributes = new Attributes(object);
      return linearRegressor(attributes, isLogLink(attributes) ? Math.exp : undefined);
    },
  };
}

function isLogLink(attributes: Attributes): boolean {
  const { object } = attributes;
  if (object.type.name === 'PoissonRegressor' || object.type.name === 'GammaRegressor') return true;
  const link = object.get('link') ?? 'auto';
  if (link === 'log') return true;
  if (link === 'identity') return false;
  if (link !== 'auto') throw attributes.unsupported('a link of its own');
  return attributes.number('power', 0) > 0;
}

export const GENERALISED: readonly EstimatorClass[] = ['PoissonRegressor', 'GammaRegressor', 'TweedieRegressor'].map(
  generalised,
);

import type { EstimatorClass } from '../estimator.ts';
import { kBinsDiscretizer } from './k-bins-discretizer.ts';
import { oneHotEncoder } from './one-hot-encoder.ts';
import { ordinalEncoder, targetEncoder } from './ordinal-encoder.ts';
import { polynomialFeatures } from './polynomial-features.ts';
import { powerTransformer } from './power-transformer.ts';
import { quantileTransformer } from './quantile-transformer.ts';
import { rowWiseClasses } from './row-wise.ts';
import { scalerClasses } from './scalers.ts';
import { splineTransformer } from './spline-transformer.ts';

/** `sklearn.preprocessing`. */
export const PREPROCESSING: readonly EstimatorClass[] = [
  ...scalerClasses,
  ...rowWiseClasses,
  oneHotEncoder,
  ordinalEncoder,
  targetEncoder,
  powerTransformer,
  quantileTransformer,
  kBinsDiscretizer,
  polynomialFeatures,
  splineTransformer,
];

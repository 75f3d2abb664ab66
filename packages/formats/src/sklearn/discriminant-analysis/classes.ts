import type { EstimatorClass } from '../estimator.ts';
import { linearDiscriminant } from './linear-discriminant.ts';
import { quadraticDiscriminant } from './quadratic-discriminant.ts';

/** `sklearn.discriminant_analysis`. */
export const DISCRIMINANT_ANALYSIS: readonly EstimatorClass[] = [linearDiscriminant, quadraticDiscriminant];

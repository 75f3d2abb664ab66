import type { EstimatorClass } from '../estimator.ts';
import { discreteNBClasses } from './discrete.ts';
import { gaussianNB } from './gaussian.ts';

/** `sklearn.naive_bayes`. */
export const NAIVE_BAYES: readonly EstimatorClass[] = [gaussianNB, ...discreteNBClasses];

import type { EstimatorClass } from '../estimator.ts';
import { kernelApproximationClasses } from './kernel-approximation.ts';
import { kernelRidge } from './kernel-ridge.ts';

/** `sklearn.kernel_ridge` and `sklearn.kernel_approximation`. */
export const KERNEL: readonly EstimatorClass[] = [kernelRidge, ...kernelApproximationClasses];

import type { EstimatorClass } from '../estimator.ts';
import { factorAnalysis } from './factor-analysis.ts';
import { kernelPca } from './kernel-pca.ts';
import { projectionClasses } from './projections.ts';

/** `sklearn.decomposition`. */
export const DECOMPOSITION: readonly EstimatorClass[] = [...projectionClasses, kernelPca, factorAnalysis];

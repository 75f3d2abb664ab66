import { readPickleFile } from '../joblib/read.ts';
import { type BuildReport, buildEstimator } from './build.ts';
import type { Estimator } from './estimator.ts';

/** An estimator with what its file told. */
export interface LoadedEstimator extends BuildReport {
  readonly estimator: Estimator;
}

/**
 * Reads a pickle or joblib file and builds its evaluator, running nothing of it.
 * @throws LoadError with a reason and a text for people.
 */
export function loadEstimatorFile(bytes: Uint8Array, options: { readonly maxBytes?: number } = {}): LoadedEstimator {
  const { estimator, report } = buildEstimator(readPickleFile(bytes, options));
  return { estimator, ...report };
}

/** {@link loadEstimatorFile}, when only the evaluator is wanted. */
export function loadEstimator(bytes: Uint8Array, options: { readonly maxBytes?: number } = {}): Estimator {
  return loadEstimatorFile(bytes, options).estimator;
}

/** For tests: loading in one synchronous step, with every family of estimators there is. */
import { readPickleFile } from '../joblib/read.ts';
import type { PyValue } from '../pickle/values.ts';
import { buildEstimator } from './build.ts';
import type { Estimator } from './estimator.ts';
import { buildLoaded, type LoadedEstimator } from './load.ts';
import { everyClass } from './registry.ts';

const CLASSES = await everyClass();

/** Reads a pickle or joblib file and builds its evaluator. @throws LoadError */
export function loadEstimatorNow(bytes: Uint8Array, options: { readonly maxBytes?: number } = {}): LoadedEstimator {
  const packages = new Set<string>();
  return buildLoaded(readPickleFile(bytes, { ...options, packages }), CLASSES, packages);
}

/** Builds the evaluator of an object that a test made. @throws LoadError */
export function buildNow(root: PyValue): ReturnType<typeof buildEstimator> {
  return buildEstimator(root, CLASSES);
}

/** {@link loadEstimatorNow}, when only the evaluator is wanted. */
export function loadEstimator(bytes: Uint8Array, options: { readonly maxBytes?: number } = {}): Estimator {
  return loadEstimatorNow(bytes, options).estimator;
}

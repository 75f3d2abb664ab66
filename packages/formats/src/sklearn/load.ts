import { LoadError } from '@berth/inference';
import { readPickleFile, readUnpacked, unpackFile } from '../joblib/read.ts';
import type { PyValue } from '../pickle/values.ts';
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
  return build(readPickleFile(bytes, options));
}

/** {@link loadEstimatorFile}, unpacking a large compressed file on another thread. Takes `bytes` over. */
export async function loadEstimatorOffThread(
  bytes: Uint8Array<ArrayBuffer>,
  options: { readonly maxBytes?: number } = {},
): Promise<LoadedEstimator> {
  return build(readUnpacked(await unpackFile(bytes, options.maxBytes)));
}

function build(root: PyValue): LoadedEstimator {
  try {
    const { estimator, report } = buildEstimator(root);
    return { estimator, ...report };
  } catch (error) {
    if (error instanceof LoadError) throw error;
    // A reader that met something it never expected: the file's fault, or ours; either way it does not load.
    throw new LoadError('CorruptModel', `the model's parts do not fit together (${(error as Error).message})`, {
      cause: error,
    });
  }
}

/** {@link loadEstimatorFile}, when only the evaluator is wanted. */
export function loadEstimator(bytes: Uint8Array, options: { readonly maxBytes?: number } = {}): Estimator {
  return loadEstimatorFile(bytes, options).estimator;
}

import { LoadError } from '@berth/inference';
import { readUnpacked, unpackPickle } from '../joblib/read.ts';
import type { PyValue } from '../pickle/values.ts';
import { type BuildReport, buildEstimator } from './build.ts';
import type { Estimator } from './estimator.ts';
import { type ClassTable, classesOf } from './registry.ts';

/** An estimator with what its file told. */
export interface LoadedEstimator extends BuildReport {
  readonly estimator: Estimator;
}

/**
 * Reads a pickle or joblib file and builds its evaluator, running nothing of it; a large compressed file is unpacked on
 * another thread, and only the families of estimators that it names are imported. Takes `bytes` over.
 * @throws LoadError with a reason and a text for people.
 */
export async function loadEstimatorFile(
  bytes: Uint8Array<ArrayBuffer>,
  options: { readonly maxBytes?: number } = {},
): Promise<LoadedEstimator> {
  const packages = new Set<string>();
  const stored = bytes.length;
  const root = readUnpacked(await unpackPickle(bytes, options.maxBytes), stored, packages);
  return buildLoaded(root, await classesOf(packages), packages);
}

/**
 * Builds what was read.
 * @param packages what the file names things of
 * @throws LoadError as {@link loadEstimatorFile}
 */
export function buildLoaded(root: PyValue, classes: ClassTable, packages: ReadonlySet<string>): LoadedEstimator {
  try {
    const { estimator, report } = buildEstimator(root, classes, packages);
    return { estimator, ...report };
  } catch (error) {
    if (error instanceof LoadError) throw error;
    // A reader that met something it never expected: the file's fault, or ours; either way it does not load.
    throw new LoadError('CorruptModel', `the model's parts do not fit together (${(error as Error).message})`, {
      cause: error,
    });
  }
}

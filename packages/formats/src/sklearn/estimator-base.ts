import { NdArray } from '../numpy/ndarray.ts';
import type { Estimator } from './estimator.ts';
import { type Fitted, listItems } from './fitted.ts';

/**
 * What every estimator tells of itself: class, kind, and the number and names of its features where the file has them.
 * @param cols the number of features that the fitted arrays imply, for releases before `n_features_in_` (0.24).
 */
export function estimatorBase(
  fitted: Fitted,
  kind: Estimator['kind'],
  cols?: number,
): Pick<Estimator, 'className' | 'kind' | 'nFeaturesIn' | 'featureNamesIn'> {
  const nFeaturesIn = cols ?? (fitted.has('n_features_in_') ? fitted.number('n_features_in_') : undefined);
  const names = fitted.raw('feature_names_in_');
  const featureNamesIn = names instanceof NdArray ? listItems(names)?.map(String) : undefined;
  return {
    className: fitted.className,
    kind,
    ...(nFeaturesIn === undefined ? {} : { nFeaturesIn }),
    ...(featureNamesIn === undefined ? {} : { featureNamesIn }),
  };
}

/** `get_feature_names_out` of a transformer whose columns stay what they are. */
export function sameNames(input: readonly string[]): readonly string[] {
  return input;
}

/** `get_feature_names_out` of a transformer that numbers its columns, e.g. `pca0`, `pca1`. */
export function numberedNames(className: string, count: number): () => readonly string[] {
  const prefix = className.toLowerCase();
  return () => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** Whether a release such as `1.2.2` is at least `major.minor`; what is unknown counts as recent. */
export function versionAtLeast(version: string | undefined, major: number, minor: number): boolean {
  const parts = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (parts === null) return true;
  const [have, haveMinor] = [Number(parts[1]), Number(parts[2])];
  return have > major || (have === major && haveMinor >= minor);
}

import type { Attributes } from '../attributes.ts';
import type { Estimator } from '../estimator.ts';

/**
 * What a meta-estimator says of its input: its own facts, else those of its first member (for many `n_features_in_` is a
 * property that asks the members, so the file does not hold it).
 */
export function memberInput(
  attributes: Attributes,
  members: readonly Estimator[],
): { nFeaturesIn?: number; featureNamesIn?: readonly string[] } {
  const own = attributes.inputFacts();
  const first = members[0];
  if (own.nFeaturesIn !== undefined || first?.nFeaturesIn === undefined) return own;
  return { ...own, nFeaturesIn: first.nFeaturesIn };
}

import type { Attributes } from '../attributes.ts';
import type { Estimator } from '../estimator.ts';

type InputFacts = Pick<
  Estimator,
  'nFeaturesIn' | 'featureNamesIn' | 'requiredFeatures' | 'takesDocuments' | 'acceptsText'
>;

/**
 * What a meta-estimator that hands its members X as it is says of its input: its own facts, else those of its first member
 * (for many `n_features_in_` is a property that asks the members, so the file does not hold it). Text goes through where
 * every member takes it.
 */
export function memberInput(attributes: Attributes, members: readonly Estimator[]): InputFacts {
  const first = members[0];
  const facts = {
    nFeaturesIn: attributes.nFeaturesIn() ?? first?.nFeaturesIn,
    featureNamesIn: attributes.featureNamesIn() ?? first?.featureNamesIn,
    requiredFeatures: unionOfNames(members),
    takesDocuments: all(members, 'takesDocuments'),
    acceptsText: all(members, 'acceptsText'),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as InputFacts;
}

/** The columns that some member needs; undefined where one needs all of them. */
function unionOfNames(members: readonly Estimator[]): readonly string[] | undefined {
  if (members.length === 0) return undefined;
  const names = new Set<string>();
  for (const { requiredFeatures } of members) {
    if (requiredFeatures === undefined) return undefined;
    for (const name of requiredFeatures) names.add(name);
  }
  return [...names];
}

function all(members: readonly Estimator[], fact: 'takesDocuments' | 'acceptsText'): true | undefined {
  return members.length > 0 && members.every((member) => member[fact] === true) ? true : undefined;
}

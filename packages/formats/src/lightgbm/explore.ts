import { type FeatureFacts, FeatureFactsCollector } from '../feature-facts.ts';
import { noteForest } from '../trees/forest-facts.ts';
import type { LightgbmBooster } from './booster.ts';

/** What a LightGBM model tells of its columns. */
export function exploreLightgbm(booster: LightgbmBooster): FeatureFacts[] {
  const facts = new FeatureFactsCollector(booster.numFeatures);
  noteLightgbm(booster, facts);
  return facts.facts();
}

/** The same, added to what others told; `place` says which column of theirs one of the booster's is. */
export function noteLightgbm(
  booster: LightgbmBooster,
  facts: FeatureFactsCollector,
  place: (feature: number) => number | undefined = (index) => index,
): void {
  noteForest(booster.layout, facts, (index) => (index < booster.numFeatures ? place(index) : undefined));
  booster.categories?.forEach((column, index) => {
    const at = place(index);
    if (column !== undefined && at !== undefined) facts.categories(at, column);
  });
  booster.ranges.forEach((range, index) => {
    const at = place(index);
    if (range === undefined || at === undefined) return;
    facts.range(at, (range[0] + range[1]) / 2, (range[1] - range[0]) / 4);
  });
}

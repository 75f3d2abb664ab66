import { type Category, type FeatureFacts, FeatureFactsCollector } from '../feature-facts.ts';
import { noteForest } from '../trees/forest-facts.ts';
import type { XgboostBooster } from './booster.ts';
import type { ColumnCategories } from './category-container.ts';

/** What an XGBoost model tells of its columns. */
export function exploreXgboost(booster: XgboostBooster): FeatureFacts[] {
  const facts = new FeatureFactsCollector(booster.numFeatures);
  noteXgboost(booster, facts);
  return facts.facts();
}

/** The same, added to what others told; `place` says which column of theirs one of the booster's is. */
export function noteXgboost(
  booster: XgboostBooster,
  facts: FeatureFactsCollector,
  place: (feature: number) => number | undefined = (index) => index,
): void {
  if (booster.layout !== undefined) noteForest(booster.layout, facts, place);
  booster.categories?.forEach((column, index) => {
    const at = place(index);
    if (column !== undefined && at !== undefined) facts.categories(at, knownCategories(column));
  });
}

/** Of categories that the file cut wrongly, those that are whole. */
function knownCategories({ values, mended }: ColumnCategories): readonly Category[] {
  if (mended === undefined) return values;
  return mended.filter(({ start, letters }) => [...start].length === letters).map(({ start }) => start);
}

import type { FeatureFactsCollector } from '../feature-facts.ts';
import type { ForestLayout } from './forest.ts';

/** Codes of one categorical split that are told. */
const MAX_CODES = 64;

/** Tells the thresholds and the category codes of a forest's splits. */
export function noteForest(
  { child, feature, threshold, categorySet, categories }: ForestLayout,
  facts: FeatureFactsCollector,
  place: (feature: number) => number | undefined = (index) => index,
): void {
  for (let node = 0; node < child.length; node++) {
    if (child[node] < 0) continue;
    const at = place(feature[node]);
    if (at === undefined) continue;
    if (!Number.isNaN(threshold[node])) facts.threshold(at, threshold[node]);
    else if (categorySet !== undefined) {
      const size = Math.min(categories.size(categorySet[node]), MAX_CODES);
      for (let code = 0; code < size; code++) facts.seen(at, code);
    }
  }
}

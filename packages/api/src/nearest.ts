const MAX_LENGTH = 100;

/**
 * Edits between two words: insert, delete, replace, or swap of neighbours (optimal string alignment), letter case ignored.
 * Words over 100 characters count as far apart.
 */
export function editDistance(left: string, right: string): number {
  if (left.length > MAX_LENGTH || right.length > MAX_LENGTH) return Number.POSITIVE_INFINITY;
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + cost,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforeLast[column - 2] as number) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}

/** What people call a thing that has another name, where no typing error leads from one to the other. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['scikitlearn', 'sklearn'],
  ['scikit', 'sklearn'],
  ['xgb', 'xgboost'],
  ['lgb', 'lightgbm'],
  ['lgbm', 'lightgbm'],
  ['tf', 'tensorflow'],
  ['savedmodel', 'tensorflow'],
  ['torch', 'pytorch'],
  ['torchscript', 'pytorch'],
  ['torchserve', 'pytorch'],
  ['hf', 'huggingface'],
  ['transformers', 'huggingface'],
  ['uri', 'storageUri'],
  ['modeluri', 'storageUri'],
  ['storage', 'storageUri'],
  ['protocol', 'protocolVersion'],
  ['format', 'modelFormat'],
  ['replicas', 'minReplicas'],
  ['environment', 'env'],
]);

/**
 * The candidate that is most likely meant by `word`: another name for it, or at most a third of it wrong and never more
 * than three edits.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const synonym = SYNONYMS.get(
    word
      .slice(0, 40)
      .toLowerCase()
      .replace(/[^a-z]/g, ''),
  );
  if (synonym !== undefined && Array.isArray(candidates) && candidates.includes(synonym)) return synonym;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const allowed = Math.min(3, Math.floor(Math.max(word.length, candidate.length) / 3));
    const distance = editDistance(word, candidate);
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

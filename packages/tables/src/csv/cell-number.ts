/** What stands for a missing cell: pandas' own list, so that a table reads the same here and there. */
const MISSING: ReadonlySet<string> = new Set(
  '|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null'.split('|'),
);

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WORDS: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
]);
const TRUTH: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['True', 1],
  ['TRUE', 1],
  ['false', 0],
  ['False', 0],
  ['FALSE', 0],
]);

/** Whether the cell's text stands for a missing value, as pandas takes it. */
export function isMissing(text: string): boolean {
  return text.length <= 9 && MISSING.has(text);
}

/**
 * The number that a cell holds: NaN where it is missing, 1 and 0 for true and false, undefined for any other text. The
 * nearest float64, as `Number(text)`. Spaces around it are passed over.
 */
export function cellNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  if (isMissing(trimmed)) return Number.NaN;
  if (trimmed.length > 9) return undefined;
  return TRUTH.get(trimmed) ?? WORDS.get(trimmed.toLowerCase());
}

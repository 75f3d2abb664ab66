/** What a model's file tells of one column of its input: enough to make up rows that reach its branches. */
export interface FeatureFacts {
  /** Values at which a split changes its side; a sample where there are very many. */
  readonly thresholds: readonly number[];
  /** Values that lie in the training data or near it: centres, support vectors, quantiles; a sample. */
  readonly seen: readonly number[];
  /** Where the column's values lay in training, where the file tells. */
  readonly range?: { readonly center: number; readonly spread: number };
  /** Categories of the training data. */
  readonly categories?: readonly Category[];
  /** Words of a text column, which holds documents. */
  readonly words?: readonly string[];
}

/** A value of a categorical column; null stands for a missing one. */
export type Category = string | number | boolean | null;

/** Values kept for each column and list. */
const MAX_KEPT = 128;
const MAX_CATEGORIES = 1000;
const MAX_WORDS = 500;
/** Columns that are described one by one. */
export const MAX_DESCRIBED_FEATURES = 20_000;

interface Notes {
  thresholds: Sample;
  seen: Sample;
  range?: { center: number; spread: number };
  categories?: readonly Category[];
  filler?: string;
  words?: readonly string[];
}

/** Gathers facts from the parts of a model. */
export class FeatureFactsCollector {
  readonly #notes: Notes[];

  /** @param width columns of the input; more than {@link MAX_DESCRIBED_FEATURES} are not described. */
  constructor(width: number) {
    const count = width <= MAX_DESCRIBED_FEATURES ? width : 0;
    this.#notes = Array.from({ length: count }, () => ({ thresholds: new Sample(), seen: new Sample() }));
  }

  threshold(feature: number, value: number): void {
    if (Number.isFinite(value)) this.#notes[feature]?.thresholds.add(value);
  }

  seen(feature: number, value: number): void {
    if (Number.isFinite(value)) this.#notes[feature]?.seen.add(value);
  }

  /** The first that tells wins: it stands nearest to the input. */
  range(feature: number, center: number, spread: number): void {
    const notes = this.#notes[feature];
    if (notes === undefined || notes.range !== undefined) return;
    if (Number.isFinite(center) && Number.isFinite(spread)) notes.range = { center, spread: Math.abs(spread) };
  }

  categories(feature: number, values: readonly Category[]): void {
    const notes = this.#notes[feature];
    if (notes !== undefined) notes.categories ??= values.slice(0, MAX_CATEGORIES);
  }

  /** What stands in for a missing text: a category of the column, for want of better. */
  filler(feature: number, value: string): void {
    const notes = this.#notes[feature];
    if (notes !== undefined) notes.filler ??= value;
  }

  words(feature: number, words: readonly string[]): void {
    const notes = this.#notes[feature];
    if (notes !== undefined) notes.words ??= words.slice(0, MAX_WORDS);
  }

  /** One for each column, or none where there are too many. */
  facts(): FeatureFacts[] {
    return this.#notes.map(({ thresholds, seen, filler, ...rest }) => ({
      thresholds: thresholds.values,
      seen: seen.values,
      ...(filler === undefined || rest.words !== undefined ? {} : { categories: [filler] }),
      ...rest,
    }));
  }
}

/** A sample of bounded size of the different values added; the same for the same additions. */
class Sample {
  readonly #values: number[] = [];
  readonly #known = new Set<number>();
  #added = 0;
  #state = 1;

  add(value: number): void {
    if (this.#known.has(value)) return;
    this.#added++;
    if (this.#values.length < MAX_KEPT) {
      this.#known.add(value);
      this.#values.push(value);
      return;
    }
    // Vitter's reservoir, with a small generator of its own so that it repeats.
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    const at = Math.floor((this.#state / 2 ** 32) * this.#added);
    if (at >= MAX_KEPT) return;
    this.#known.delete(this.#values[at]);
    this.#known.add(value);
    this.#values[at] = value;
  }

  get values(): readonly number[] {
    return this.#values;
  }
}

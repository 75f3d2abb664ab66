import type { FeatureFacts } from '@berth/formats';
import type { Batch, RowColumn } from './batch.ts';
import {
  type CellRules,
  holdsText,
  madeUpNumber,
  madeUpText,
  numbersOf,
  ordinaryNumber,
  ordinaryText,
  UNSEEN_TEXT,
  unseenNumber,
} from './made-up-values.ts';
import { Random } from './random.ts';

/** What made-up rows are made for. */
export interface MadeUpOptions {
  readonly names: readonly string[];
  /** One a column, or none at all. */
  readonly facts: readonly FeatureFacts[];
  readonly rows: number;
  readonly seed: number;
  readonly batchRows: number;
  /** Columns that hold text whatever the facts say: an input that takes documents. */
  readonly allText: boolean;
  /** Makes a batch of columns. */
  readonly batch: (rowNumbers: number[], columns: RowColumn[]) => Batch;
  /** Whether the native evaluator takes a batch; else why not. */
  readonly refusal: (batch: Batch) => Promise<string | undefined>;
}

/** Columns that are tried one by one for what they take. */
const MAX_TRIED = 256;

/**
 * Rows made from what the model's file tells: at and right beside the thresholds of its trees, categories that it knows,
 * and, where the native evaluator takes them, ones that it does not and missing cells. The same for the same seed.
 * @throws Error with a text for people where the model refuses even an ordinary row
 */
export async function* madeUpRows(options: MadeUpOptions): AsyncGenerator<Batch> {
  const { names, facts, rows, seed, batchRows } = options;
  const rules = await rulesOf(options);
  const random = new Random(seed);
  for (let first = 1; first <= rows; first += batchRows) {
    const count = Math.min(batchRows, rows - first + 1);
    const columns = names.map((name, j): RowColumn => {
      if (isText(options, j)) {
        return { name, values: Array.from({ length: count }, () => madeUpText(facts[j], rules[j], random)) };
      }
      return { name, values: Float64Array.from({ length: count }, () => madeUpNumber(facts[j], rules[j], random)) };
    });
    const rowNumbers = Array.from({ length: count }, (_, i) => first + i);
    yield options.batch(rowNumbers, columns);
  }
}

function isText({ facts, allText }: MadeUpOptions, column: number): boolean {
  return allText || holdsText(facts[column]);
}

/** Tries an ordinary row with a missing cell, and with an unseen category, in each column. */
async function rulesOf(options: MadeUpOptions): Promise<CellRules[]> {
  const { names, facts, batch, refusal } = options;
  const ordinary = names.map((name, j): RowColumn => {
    if (isText(options, j)) return { name, values: [ordinaryText(facts[j])] };
    return { name, values: Float64Array.of(ordinaryNumber(facts[j])) };
  });
  const why = await refusal(batch([1], ordinary));
  if (why !== undefined) throw new Error(why);
  const takes = async (cells: ReadonlyMap<number, RowColumn['values']>) =>
    (await refusal(
      batch(
        [1],
        ordinary.map((column, j) => ({ ...column, values: cells.get(j) ?? column.values })),
      ),
    )) === undefined;
  const missing = Float64Array.of(Number.NaN);
  if (names.length > MAX_TRIED) {
    const numeric = names.flatMap((_, j) => (isText(options, j) ? [] : [[j, missing] as const]));
    const all = await takes(new Map(numeric));
    return names.map(() => ({ missing: all, unseen: false }));
  }
  const rules: CellRules[] = [];
  for (let j = 0; j < names.length; j++) {
    const text = isText(options, j);
    const categories = facts[j]?.categories;
    // There is nothing besides true and false.
    const numbers = categories?.every((one) => typeof one === 'boolean') ? [] : numbersOf(categories);
    const unseen = text ? [UNSEEN_TEXT] : numbers.length > 0 ? Float64Array.of(unseenNumber(numbers)) : undefined;
    rules.push({
      // A text cell that is missing has no way to be sent.
      missing: !text && (await takes(new Map([[j, missing]]))),
      unseen: unseen !== undefined && (await takes(new Map([[j, unseen]]))),
    });
  }
  return rules;
}

import type { Category, FeatureFacts } from '@berth/formats';
import type { ModelMetadata } from '@berth/inference';
import { type RowColumn, TableBatch, type TablePlan, type TableShape } from './batch.ts';

/** Rows that one question to either side holds. */
const MAX_BATCH_ROWS = 1000;
/** Values that one question holds. */
const MAX_BATCH_VALUES = 2 ** 20;

/** How a table's rows are sent to one model. */
export interface InputPlan {
  readonly shape: TableShape;
  /** Columns that the model takes; undefined where it does not say. */
  readonly width: number | undefined;
  /** Names of the columns in training order, where the model knows them. */
  readonly names: readonly string[] | undefined;
  readonly batchRows: number;
  /** Names, by position, of the columns whose cells are text whatever they look like. */
  readonly textColumns: (names: readonly string[]) => string[];
  batch(rowNumbers: ArrayLike<number>, columns: readonly RowColumn[]): TableBatch;
}

/** The plan for a model that takes a table. @param facts one a column, or none */
export function planInput(format: string, metadata: ModelMetadata, facts: readonly FeatureFacts[]): InputPlan {
  const [input] = metadata.inputs;
  const documents = input.datatype === 'BYTES' && input.shape.length === 1;
  const declared = documents ? 1 : (input.shape[1] ?? -1);
  const names = metadata.columns;
  const width = declared >= 0 ? declared : names?.length;
  const isBooster = format !== 'sklearn' || /^(XGB|LGBM|Booster)/.test(metadata.properties.get('class') ?? '');
  const categories = isBooster ? facts.map(({ categories: known }) => kindOf(known)) : [];
  const named = names !== undefined && (format === 'sklearn' || categories.some((kind) => kind !== undefined));
  const shape: TableShape = documents
    ? 'documents'
    : named || categories.some((kind) => kind !== undefined)
      ? 'frame'
      : 'rows';
  return {
    shape,
    width,
    names,
    batchRows: batchRowsFor(width ?? 100),
    textColumns: (columns) =>
      columns.filter((_, j) => {
        const one = documents ? { words: [] } : facts[j];
        if (one === undefined) return false;
        if (one.words !== undefined) return true;
        return 'categories' in one && one.categories?.some((value) => typeof value === 'string') === true;
      }),
    batch(rowNumbers, columns) {
      const categorical = new Map(
        columns.flatMap(({ name }, j) => {
          const kind = categories[j];
          return kind === undefined ? [] : [[name, kind] as const];
        }),
      );
      const plan: TablePlan = { shape, input: input.name, categorical };
      return new TableBatch(plan, rowNumbers, columns);
    },
  };
}

function kindOf(categories: readonly Category[] | undefined): 'bool' | 'any' | undefined {
  if (categories === undefined) return undefined;
  return categories.length > 0 && categories.every((one) => typeof one === 'boolean') ? 'bool' : 'any';
}

/** Rows of so many values that one question holds. */
export function batchRowsFor(width: number): number {
  return Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(MAX_BATCH_VALUES / Math.max(1, width))));
}

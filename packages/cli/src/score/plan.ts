import type { Datatype, ModelMetadata } from '@berth/inference';
import type { WantedColumn } from '@berth/tables';
import { CommandError } from '../terminal/exit-codes.ts';

/** One tensor of a model that takes tensors, not tables: its next columns. */
export interface TensorForm {
  readonly name: string;
  readonly datatype: Datatype;
  /** Columns that it takes. */
  readonly width: number;
  /** Whether its shape is [n], not [n, width]. */
  readonly isFlat: boolean;
}

/** How rows are put into a request. */
export type RequestForm =
  | { readonly kind: 'columns' | 'positional' }
  | { readonly kind: 'tensors'; readonly tensors: readonly TensorForm[] };

/** What is done with each row; plain data, the same in every thread. */
export interface ScorePlan {
  readonly form: RequestForm;
  /** The features in the model's order, then the columns that are kept. */
  readonly wanted: readonly WantedColumn[];
  /** What the model calls the features: the first of `wanted`. */
  readonly features: readonly string[];
  /** Outputs to ask for; empty for the model's own choice. */
  readonly outputs: readonly string[];
  /** Whether the number of the row is the first column of the output. */
  readonly hasRowNumber: boolean;
  readonly writer: 'csv' | 'jsonl';
  /** Rows that the model is asked at once. */
  readonly maxRows: number;
}

const TABLE_PLATFORMS: ReadonlySet<string> = new Set(['sklearn', 'xgboost', 'lightgbm']);
/** Enough to make a call's own cost small, and a failed call cheap to repeat in halves. */
const MAX_ROWS = 4096;

/** How a model takes rows, and how many at once. @throws CommandError for one that does not take a table's rows */
export function requestForm(metadata: ModelMetadata, byName: boolean): { form: RequestForm; maxRows: number } {
  if (TABLE_PLATFORMS.has(metadata.platform))
    return { form: { kind: byName ? 'columns' : 'positional' }, maxRows: MAX_ROWS };
  const tensors: TensorForm[] = [];
  let maxRows = MAX_ROWS;
  for (const { name, datatype, shape } of metadata.inputs) {
    const isFlat = shape.length === 1;
    if (shape.length === 0 || shape.length > 2) {
      throw new CommandError(
        `the model's input "${name}" has the shape [${shape.join(', ')}], which is no row of a table`,
      );
    }
    if (shape[0] > 0) maxRows = Math.min(maxRows, shape[0]);
    const width = isFlat ? 1 : shape[1];
    tensors.push({ name, datatype, width, isFlat });
  }
  const free = tensors.filter((tensor) => tensor.width < 0);
  if (free.length > 0 && tensors.length > 1) {
    throw new CommandError(`the model does not say how many columns its input "${free[0].name}" takes`);
  }
  return { form: { kind: 'tensors', tensors }, maxRows };
}

/** The names of the columns that tensors are made of: the input's own for one column, else what the metadata says. */
export function tensorFeatures(
  metadata: ModelMetadata,
  tensors: readonly TensorForm[],
): { names: readonly string[] | undefined; count: number | undefined } {
  const count = tensors.reduce((sum, tensor) => sum + tensor.width, 0);
  if (tensors.some((tensor) => tensor.width < 0)) return { names: metadata.columns, count: undefined };
  if (metadata.columns?.length === count) return { names: metadata.columns, count };
  if (tensors.every((tensor) => tensor.width === 1)) return { names: tensors.map((tensor) => tensor.name), count };
  const labels = metadata.inputs.flatMap((input) => input.labels ?? []);
  return { names: labels.length === count ? labels : undefined, count };
}

import {
  allocate,
  type ModelMetadata,
  numberToBfloat16,
  numberToHalf,
  type Tensor,
  type TensorSpec,
} from '@berth/inference';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { type Batch, type RowColumn, TensorBatch } from './batch.ts';
import { batchRowsFor } from './plan.ts';
import { Random } from './random.ts';

/** What a graph's inputs look like as a table: one matrix, or a column for each input. */
export interface GraphTable {
  readonly width: number | undefined;
  readonly names: readonly string[] | undefined;
  readonly batchRows: number;
  batch(rowNumbers: ArrayLike<number>, columns: readonly RowColumn[]): Batch;
}

/** @throws CommandError (usage) where the graph's inputs are no table */
export function graphTable({ inputs }: ModelMetadata): GraphTable {
  const [only] = inputs;
  if (inputs.length === 1 && only.shape.length === 2 && only.shape[0] < 0) {
    const width = only.shape[1] < 0 ? undefined : only.shape[1];
    const batch = (rowNumbers: ArrayLike<number>, columns: readonly RowColumn[]) =>
      new TensorBatch([matrix(only, columns, rowNumbers.length)], rowNumbers);
    return { width, names: undefined, batchRows: batchRowsFor(width ?? 100), batch };
  }
  const isColumn = ({ shape }: TensorSpec) =>
    shape[0] < 0 && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (!inputs.every(isColumn)) {
    const shapes = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
    throw new CommandError(`the inputs of this graph are no table: ${shapes}`, {
      exitCode: EXIT.usage,
      hint: 'leave --data out: rows are then made up',
    });
  }
  const batch = (rowNumbers: ArrayLike<number>, columns: readonly RowColumn[]) => {
    const tensors = inputs.map((spec, j) => {
      const column = columns.find(({ name }) => name === spec.name) ?? columns[j];
      const rows = rowNumbers.length;
      return { ...matrix(spec, [column], rows), shape: spec.shape.length === 1 ? [rows] : [rows, 1] };
    });
    return new TensorBatch(tensors, rowNumbers);
  };
  return { width: inputs.length, names: inputs.map(({ name }) => name), batchRows: batchRowsFor(inputs.length), batch };
}

/** Values made up for a graph, whose file tells nothing of what they mean. The same for the same seed. */
export async function* madeUpTensors(metadata: ModelMetadata, rows: number, seed: number): AsyncGenerator<Batch> {
  const { inputs } = metadata;
  if (inputs.some(({ shape }) => shape.length === 0)) {
    throw new Error('an input of the graph has no rows; there is nothing to make up');
  }
  const random = new Random(seed);
  const sizes = inputs.map(({ shape }) => shape.slice(1).reduce((size, dim) => size * (dim < 0 ? 1 : dim), 1));
  const fixed = inputs.find(({ shape }) => shape[0] >= 0)?.shape[0];
  const batchRows = fixed ?? batchRowsFor(sizes.reduce((sum, size) => sum + size, 0));
  for (let first = 1; first <= rows; first += batchRows) {
    const count = fixed ?? Math.min(batchRows, rows - first + 1);
    const tensors = inputs.map((spec, i): Tensor => {
      const shape = [count, ...spec.shape.slice(1).map((dim) => (dim < 0 ? 1 : dim))];
      const data = allocate(spec.datatype, count * sizes[i]);
      for (let at = 0; at < data.length; at++)
        put(data, at, spec, spec.datatype === 'BYTES' ? word(random) : number(spec, random));
      return { name: spec.name, datatype: spec.datatype, shape, data };
    });
    yield new TensorBatch(
      tensors,
      Array.from({ length: count }, (_, i) => first + i),
    );
  }
}

function matrix(spec: TensorSpec, columns: readonly RowColumn[], rows: number): Tensor {
  const width = columns.length;
  const data = allocate(spec.datatype, rows * width);
  columns.forEach(({ name, values }, j) => {
    for (let row = 0; row < rows; row++) {
      const value = values[row];
      if (spec.datatype !== 'BYTES' && typeof value !== 'number') {
        throw new CommandError(`column "${name}" holds text (${String(value).slice(0, 40)}); the graph takes numbers`, {
          exitCode: EXIT.usage,
        });
      }
      put(data, row * width + j, spec, value ?? '');
    }
  });
  return { name: spec.name, datatype: spec.datatype, shape: [rows, width], data };
}

function put(data: Tensor['data'], at: number, { datatype }: TensorSpec, value: string | number): void {
  const out = data as { [index: number]: unknown };
  if (datatype === 'BYTES') out[at] = String(value);
  else if (datatype === 'INT64' || datatype === 'UINT64') out[at] = BigInt(Math.trunc(Number(value)) || 0);
  else if (datatype === 'FP16') out[at] = numberToHalf(Number(value));
  else if (datatype === 'BF16') out[at] = numberToBfloat16(Number(value));
  else out[at] = Number(value);
}

function word(random: Random): string {
  return random.pick(['a', 'b', 'berth-unseen', '']);
}

/** Small whole numbers where they may be positions in a list, else anything about 0. */
function number({ datatype }: TensorSpec, random: Random): number {
  if (datatype === 'BOOL') return random.below(2);
  if (datatype === 'UINT8') return random.below(256);
  if (/INT/.test(datatype)) return random.below(10);
  return random.normal() * (random.next() < 0.1 ? 10 : 2);
}

import { CommandError } from '../terminal/exit-codes.ts';
import type { ServedModel } from './served-model.ts';

/** Some rows of a table: a list a column, each of numbers (NaN for a missing cell) or of texts. */
export interface Rows {
  readonly count: number;
  readonly columns: readonly (Float64Array | readonly (string | undefined)[])[];
  /** The model's names of the columns; undefined where it knows none. */
  readonly names: readonly string[] | undefined;
  /** What to say where the model refuses for want of columns that the file lacks. */
  readonly lacking?: CommandError;
  readonly isMadeUp?: boolean;
}

/** A request with the protocol that it is written in. */
export interface WrittenRequest {
  readonly protocol: 'v1' | 'v2';
  readonly body: string;
}

/**
 * The request that asks a model for rows. v2 where it can say it: one tensor for a table of numbers, a tensor a column with
 * content type `pd` for named columns with text, a tensor an input for models with several. v1 rows for what is left:
 * text without names, or a server without v2 (`model` undefined).
 * @throws CommandError where v2 was asked for and can not say it, and where a text is missing, which neither can say
 */
export function rowsRequest(
  rows: Rows,
  model: ServedModel | undefined,
  asked: 'v1' | 'v2' | undefined,
): WrittenRequest {
  if (asked === 'v1' || model === undefined) return { protocol: 'v1', body: instances(rows) };
  const gap = rows.columns.findIndex((column) => !(column instanceof Float64Array) && column.includes(undefined));
  if (gap >= 0) {
    const column = rows.names?.[gap] ?? String(gap);
    throw new CommandError(
      `neither v1 nor v2 can say that a text is missing, as one of column "${column.slice(0, 100)}" is`,
      { code: 'InvalidTable', hint: 'fill the empty cells, or use berth score, which takes them' },
    );
  }
  const inputs = tensors(rows, model);
  if (inputs !== undefined) return { protocol: 'v2', body: inputs };
  if (asked === undefined) return { protocol: 'v1', body: instances(rows) };
  throw new CommandError('v2 can not say columns with text and without names', {
    code: 'InvalidTable',
    hint: 'use --protocol v1',
  });
}

function instances({ count, columns, names }: Rows): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const cells = columns.map((column) => cell(column[row]));
    if (names !== undefined) return Object.fromEntries(names.map((name, index) => [name, cells[index]]));
    return columns.length === 1 && typeof cells[0] === 'string' ? cells[0] : cells;
  });
  return JSON.stringify({ instances: rows });
}

/** Undefined where v2 has no way to say it. */
function tensors(rows: Rows, { inputs }: ServedModel): string | undefined {
  const { count, columns, names } = rows;
  const [only] = inputs;
  const isNumeric = columns.every((column) => column instanceof Float64Array);
  if (inputs.length > 1) {
    const byInput = inputs.map(({ name, datatype, shape }, index) => {
      const column = columns[index] ?? [];
      return tensor(name, datatype, shape.length === 1 ? [count] : [count, 1], column);
    });
    return JSON.stringify({ inputs: byInput });
  }
  if (only !== undefined && only.datatype === 'BYTES' && columns.length === 1) {
    return JSON.stringify({
      inputs: [tensor(only.name, 'BYTES', only.shape.length === 1 ? [count] : [count, 1], columns[0] ?? [])],
    });
  }
  if (only !== undefined && isNumeric && rows.lacking === undefined) {
    const data = Array.from({ length: count }, (_, row) => columns.map((column) => cell(column[row]))).flat();
    const { name, datatype } = only;
    return JSON.stringify({ inputs: [{ name, datatype, shape: [count, columns.length], data }] });
  }
  if (names === undefined) return undefined;
  const byColumn = columns.map((column, index) =>
    tensor(names[index] as string, column instanceof Float64Array ? 'FP64' : 'BYTES', [count, 1], column),
  );
  return JSON.stringify({ parameters: { content_type: 'pd' }, inputs: byColumn });
}

function tensor(name: string, datatype: string, shape: readonly number[], column: Rows['columns'][number]) {
  const data = Array.from<number | string | undefined, unknown>(column, cell);
  return { name, datatype, shape, data: datatype === 'BYTES' ? data.map(String) : data };
}

/** A missing cell is null, which JSON can say. */
function cell(value: number | string | undefined): number | string | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

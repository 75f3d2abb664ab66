import type { InferRequest, Tensor } from '@berth/inference';

/** Some rows, ready for both sides: the native evaluator and the library get the very same values. */
export interface Batch {
  readonly rows: number;
  /** The number of each row for people: its place in the file, or among the made-up rows, from 1. */
  readonly rowNumbers: ArrayLike<number>;
  /** The same for some of the rows, by index. */
  take(indices: readonly number[]): Batch;
  /** Why a row can not be sent to a server at all, by index; undefined where it can. */
  unsendable(index: number): string | undefined;
  request(outputs: readonly string[]): InferRequest;
  payload(): Payload;
  /** What the row holds, for people and JSON. */
  describe(index: number): Record<string, unknown>;
}

/** What the Python process gets: its part of the header, and the bytes that it lists. */
export interface Payload {
  readonly header: Record<string, unknown>;
  readonly blobs: readonly Uint8Array[];
}

/** One column: numbers with NaN for a missing cell, or text with undefined for one. */
export interface RowColumn {
  readonly name: string;
  readonly values: Float64Array | readonly (string | undefined)[];
}

/**
 * How rows are sent: `documents` one text a row; `frame` a table of named columns; `rows` a table of columns in order,
 * a matrix where all are numbers.
 */
export type TableShape = 'documents' | 'frame' | 'rows';

/** What all batches of a table share. */
export interface TablePlan {
  readonly shape: TableShape;
  /** The model's name for its one input. */
  readonly input: string;
  /** The columns that hold categories, which a data frame must say of them, by name; `bool` where these are true and false. */
  readonly categorical: ReadonlyMap<string, 'bool' | 'any'>;
}

/** Rows of a table. */
export class TableBatch implements Batch {
  readonly rows: number;
  readonly rowNumbers: ArrayLike<number>;
  readonly columns: readonly RowColumn[];
  readonly #plan: TablePlan;

  constructor(plan: TablePlan, rowNumbers: ArrayLike<number>, columns: readonly RowColumn[]) {
    this.#plan = plan;
    this.rows = rowNumbers.length;
    this.rowNumbers = rowNumbers;
    this.columns = columns;
  }

  take(indices: readonly number[]): TableBatch {
    const columns = this.columns.map(({ name, values }) => ({
      name,
      values:
        values instanceof Float64Array ? Float64Array.from(indices, (i) => values[i]) : indices.map((i) => values[i]),
    }));
    const rowNumbers = indices.map((i) => this.rowNumbers[i]);
    return new TableBatch(this.#plan, rowNumbers, columns);
  }

  unsendable(index: number): string | undefined {
    const column = this.columns.find(({ values }) => !(values instanceof Float64Array) && values[index] === undefined);
    return column && `the cell of column "${column.name}" is missing, and a column of text has no way to send that`;
  }

  request(outputs: readonly string[]): InferRequest {
    const { shape, input } = this.#plan;
    if (shape === 'rows' && this.#isNumeric()) {
      const data = this.#matrix();
      return {
        layout: 'tensors',
        outputs,
        inputs: [{ name: input, datatype: 'FP64', shape: [this.rows, this.columns.length], data }],
      };
    }
    const inputs = this.columns.map(({ name, values }, index): Tensor => {
      const label = shape === 'documents' ? input : shape === 'frame' ? name : String(index);
      return values instanceof Float64Array
        ? { name: label, datatype: 'FP64', shape: [this.rows], data: values }
        : { name: label, datatype: 'BYTES', shape: [this.rows], data: values.map((value) => value ?? '') };
    });
    return {
      layout: shape === 'documents' ? 'tensors' : shape === 'frame' ? 'columns' : 'positional',
      outputs,
      inputs,
    };
  }

  payload(): Payload {
    const blobs: Uint8Array[] = [];
    const columns = this.columns.map(({ name, values }) => {
      const numeric = values instanceof Float64Array;
      const blob = numeric ? littleEndian(values) : Buffer.from(JSON.stringify(values.map((value) => value ?? null)));
      blobs.push(blob);
      const category = this.#plan.categorical.get(name);
      return {
        name,
        kind: numeric ? 'number' : 'text',
        bytes: blob.length,
        ...(category === undefined ? {} : { category }),
      };
    });
    // Categories are told by value only in a data frame.
    const shape = this.#plan.categorical.size > 0 ? 'frame' : this.#plan.shape;
    return { header: { as: shape, rows: this.rows, columns }, blobs };
  }

  describe(index: number): Record<string, unknown> {
    return Object.fromEntries(
      this.columns.map(({ name, values }) => {
        const value = values[index];
        return [name, value === undefined || Number.isNaN(value) ? null : value];
      }),
    );
  }

  #isNumeric(): boolean {
    return this.columns.every(({ values }) => values instanceof Float64Array);
  }

  #matrix(): Float64Array {
    const width = this.columns.length;
    const data = new Float64Array(this.rows * width);
    this.columns.forEach(({ values }, j) => {
      for (let row = 0; row < this.rows; row++) data[row * width + j] = values[row] as number;
    });
    return data;
  }
}

/** Tensors of a graph; dimension 0 of each is the rows. */
export class TensorBatch implements Batch {
  readonly rows: number;
  readonly rowNumbers: ArrayLike<number>;
  readonly #tensors: readonly Tensor[];

  constructor(tensors: readonly Tensor[], rowNumbers: ArrayLike<number>) {
    this.#tensors = tensors;
    this.rows = rowNumbers.length;
    this.rowNumbers = rowNumbers;
  }

  take(indices: readonly number[]): TensorBatch {
    if (indices.length === this.rows) return this;
    const tensors = this.#tensors.map((tensor): Tensor => {
      const size = tensor.data.length / this.rows;
      const parts = indices.map((index) => tensor.data.slice(index * size, (index + 1) * size));
      const data = tensor.data.slice(0, indices.length * size) as unknown[];
      parts.forEach((part, at) => {
        for (let i = 0; i < size; i++) data[at * size + i] = part[i];
      });
      return { ...tensor, shape: [indices.length, ...tensor.shape.slice(1)], data: data as unknown as Tensor['data'] };
    });
    return new TensorBatch(
      tensors,
      indices.map((i) => this.rowNumbers[i]),
    );
  }

  unsendable(): undefined {
    return undefined;
  }

  request(outputs: readonly string[]): InferRequest {
    return { layout: 'tensors', outputs, inputs: this.#tensors };
  }

  payload(): Payload {
    const blobs: Uint8Array[] = [];
    const tensors = this.#tensors.map(({ name, datatype, shape, data }) => {
      const blob = Array.isArray(data) ? Buffer.from(JSON.stringify(data.map(String))) : littleEndian(data);
      blobs.push(blob);
      return { name, datatype, shape, bytes: blob.length };
    });
    return { header: { tensors }, blobs };
  }

  describe(index: number): Record<string, unknown> {
    const shown = 20;
    return Object.fromEntries(
      this.#tensors.map(({ name, data }) => {
        const size = data.length / this.rows;
        const part = data.slice(index * size, index * size + Math.min(size, shown)) as ArrayLike<unknown>;
        const values = Array.from(part, (value) => (typeof value === 'bigint' ? Number(value) : value));
        return [name, size > shown ? [...values, `… (${size} values)`] : values];
      }),
    );
  }
}

/** The bytes of a typed array. Every machine that Node runs on by default is little-endian. */
function littleEndian(data: Exclude<Tensor['data'], unknown[]>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

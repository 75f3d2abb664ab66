import {
  type BytesElement,
  bfloat16ToNumber,
  bytesToText,
  halfToNumber,
  type InferRequest,
  invalidInput,
  type Tensor,
} from '@berth/inference';
import type { CellCodes } from './category-codes.ts';
import { matchColumns } from './match-columns.ts';
import { describe, knownNames, type RowsSpec } from './rows-spec.ts';

/** A dense table, row-major; NaN is a missing cell. */
export interface DenseRows<T extends Float32Array | Float64Array> {
  readonly data: T;
  readonly rows: number;
}

/**
 * The request as rows of `numFeatures` numbers: one tensor [n, columns], or one tensor for each column, by name in any
 * order where the model knows names, else by position.
 * @throws InferenceError INVALID_INPUT that names the tensor, the row and the column.
 */
export function denseRows<T extends Float32Array | Float64Array>(
  request: InferRequest,
  spec: RowsSpec,
  allocate: (length: number) => T,
): DenseRows<T> {
  const { inputs, layout } = request;
  if (inputs.length === 0) throw invalidInput(`the request has no input; send ${describe(spec)}`);
  if (layout === 'tensors' && inputs.length === 1 && !isNamedColumn(inputs[0], spec))
    return matrixRows(inputs[0], spec, allocate);
  const columns = matchColumns(inputs, layout, spec);
  const rows = rowsOf(inputs);
  const data = allocate(rows * spec.numFeatures);
  for (let column = 0; column < spec.numFeatures; column++) {
    const tensor = columns[column];
    if (tensor === undefined) {
      for (let row = 0; row < rows; row++) data[row * spec.numFeatures + column] = NaN;
      continue;
    }
    const label = knownNames(spec)?.[column] ?? tensor.name;
    // Columns hold the values themselves; a matrix of numbers holds codes already.
    writeColumn(data, spec.numFeatures, column, tensor, rows, label, spec.codes?.[column]);
  }
  return { data, rows };
}

/** One tensor [n, columns]; [n] is taken where the model has one column. */
function matrixRows<T extends Float32Array | Float64Array>(
  tensor: Tensor,
  spec: RowsSpec,
  allocate: (length: number) => T,
): DenseRows<T> {
  const { shape, data } = tensor;
  const { numFeatures } = spec;
  const flat = shape.length === 1 && numFeatures === 1;
  if (!flat && (shape.length !== 2 || shape[1] !== numFeatures)) throw wrongShape(tensor, spec);
  const rows = shape[0];
  const out = allocate(0);
  if (data instanceof Float32Array && out instanceof Float32Array) return { data: data as T, rows };
  if (data instanceof Float64Array && out instanceof Float64Array) return { data: data as T, rows };
  const cells = allocate(rows * numFeatures);
  if (Array.isArray(data)) {
    for (let i = 0; i < cells.length; i++) {
      const column = i % numFeatures;
      cells[i] = textCell(
        data[i],
        tensor.name,
        Math.floor(i / numFeatures),
        column,
        knownNames(spec)?.[column],
        spec.codes?.[column],
      );
    }
  } else {
    for (let i = 0; i < cells.length; i++) cells[i] = numberAt(tensor, i);
  }
  return { data: cells, rows };
}

function writeColumn(
  out: Float32Array | Float64Array,
  width: number,
  column: number,
  tensor: Tensor,
  rows: number,
  label: string,
  codes: CellCodes | undefined,
): void {
  const { data } = tensor;
  for (let row = 0; row < rows; row++) {
    const at = row * width + column;
    if (Array.isArray(data)) out[at] = textCell(data[row], tensor.name, row, column, label, codes);
    else {
      const number = numberAt(tensor, row);
      out[at] = codes !== undefined ? codes.ofNumber(number, row, label) : number;
    }
  }
}

/** The text of a categorical column as its code; text anywhere else is refused. */
function textCell(
  element: BytesElement,
  tensor: string,
  row: number,
  column: number,
  label: string | undefined,
  codes: CellCodes | undefined,
): number {
  const text = bytesToText(element, tensor);
  if (codes !== undefined) return codes.ofText(text, row, label ?? String(column));
  const name = label === undefined || label === String(column) ? '' : ` (${label})`;
  throw invalidInput(
    `row ${row}, column ${column}${name} holds the text ${JSON.stringify(text.slice(0, 60))}; this model takes numbers, and null for a missing value`,
  );
}

/** An element of a numeric tensor as a number. */
function numberAt(tensor: Tensor, index: number): number {
  const value = (tensor.data as Float64Array | BigInt64Array)[index];
  if (typeof value === 'bigint') return Number(value);
  if (tensor.datatype === 'FP16') return halfToNumber(value);
  if (tensor.datatype === 'BF16') return bfloat16ToNumber(value);
  return value;
}

/** Number of rows of tensors that are columns: all alike, [n] or [n, 1]. */
function rowsOf(inputs: readonly Tensor[]): number {
  const rows = inputs[0].shape[0] ?? 1;
  for (const { name, shape } of inputs) {
    if (shape.length > 2 || shape.length === 0 || (shape.length === 2 && shape[1] !== 1)) {
      throw invalidInput(
        `input "${name}" is one column, so its shape must be [n] or [n, 1], not [${shape.join(', ')}]`,
      );
    }
    if (shape[0] !== rows) {
      throw invalidInput(`input "${name}" has ${shape[0]} rows, but input "${inputs[0].name}" has ${rows}`);
    }
  }
  return rows;
}

/** Whether a lone tensor is one of several named columns, not the whole matrix. */
function isNamedColumn(tensor: Tensor, spec: RowsSpec): boolean {
  if (spec.numFeatures === 1 || spec.names === undefined || tensor.shape[1] === spec.numFeatures) return false;
  return spec.names.includes(tensor.name);
}

function wrongShape(tensor: Tensor, spec: RowsSpec) {
  const { shape, name } = tensor;
  const { numFeatures } = spec;
  const rest = `this model takes ${describe(spec)}`;
  if (shape.length === 1) {
    return invalidInput(
      `input "${name}" is a flat list of ${shape[0]} values; ${rest}: write a list of rows, [[…], […]], with ${numFeatures} numbers in each`,
    );
  }
  if (shape.length === 2) return invalidInput(`input "${name}" has rows of ${shape[1]} values; ${rest}`);
  return invalidInput(`input "${name}" has the shape [${shape.join(', ')}]; ${rest}`);
}

import { invalidInput, type Tensor } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';
import { columnTensor, kindOf, numberOf } from './columns.ts';

/** What rows that are lists decode to. */
export interface Matrix {
  readonly inputs: readonly Tensor[];
  readonly layout: 'tensors' | 'positional';
}

/**
 * Decodes rows that are lists: numbers to one FP64 tensor of shape [rows, …]; rows that hold text to a tensor a column,
 * named "0", "1", ….
 * @throws InferenceError INVALID_INPUT that names the row (and the column).
 */
export function decodeMatrix(rows: readonly JsonValue[], name: string): Matrix {
  const width = (rows[0] as JsonValue[]).length;
  if (width > 0 && Array.isArray((rows[0] as JsonValue[])[0])) return decodeNested(rows, name);
  // All rows are measured before anything is allocated.
  for (let row = 0; row < rows.length; row++) rowOf(rows, row, width);
  const data = new Float64Array(rows.length * width);
  let at = 0;
  for (let row = 0; row < rows.length; row++) {
    const values = rows[row] as JsonValue[];
    for (let column = 0; column < width; column++) {
      const value = values[column];
      if (typeof value === 'number') data[at++] = value;
      else if (typeof value === 'string') return decodePositional(rows, width);
      else data[at++] = numberOf(value, row, `column ${column}`);
    }
  }
  return { inputs: [{ name, datatype: 'FP64', shape: [rows.length, width], data }], layout: 'tensors' };
}

function rowOf(rows: readonly JsonValue[], row: number, width: number): readonly JsonValue[] {
  const values = rows[row];
  if (!Array.isArray(values)) throw invalidInput(`row ${row} is ${kindOf(values)}, but row 0 is a list`);
  if (values.length !== width) {
    throw invalidInput(`row ${row} has ${values.length} values, but row 0 has ${width}: all rows need the same number`);
  }
  return values;
}

function decodePositional(rows: readonly JsonValue[], width: number): Matrix {
  const table = rows.map((_, row) => rowOf(rows, row, width));
  const inputs: Tensor[] = [];
  for (let column = 0; column < width; column++) {
    inputs.push(
      columnTensor(
        String(column),
        table.map((values) => values[column]),
        `column ${column}`,
      ),
    );
  }
  return { inputs, layout: 'positional' };
}

/** Rows that are lists of lists, as images are: all numbers, all of one shape. */
function decodeNested(rows: readonly JsonValue[], name: string): Matrix {
  const shape = [rows.length, ...shapeOf(rows[0])];
  const count = shape.reduce((product, dim) => product * dim, 1);
  const numbers: number[] = [];
  const walk = (value: JsonValue, level: number, row: number) => {
    if (level === shape.length) {
      numbers.push(numberOf(value, row, 'one of its values'));
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[level]) {
      throw invalidInput(`row ${row} does not have the shape of row 0, [${shape.slice(1)}]`);
    }
    for (const each of value) walk(each, level + 1, row);
  };
  for (let row = 0; row < rows.length; row++) walk(rows[row], 1, row);
  if (numbers.length !== count) throw invalidInput('the rows do not all have one shape');
  return { inputs: [{ name, datatype: 'FP64', shape, data: Float64Array.from(numbers) }], layout: 'tensors' };
}

function shapeOf(value: JsonValue): number[] {
  const shape: number[] = [];
  for (let each = value; Array.isArray(each); each = each[0]) shape.push(each.length);
  return shape;
}

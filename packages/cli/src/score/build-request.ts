import {
  allocate,
  type BytesElement,
  type InferRequest,
  invalidInput,
  numberToBfloat16,
  numberToHalf,
  type Tensor,
} from '@berth/inference';
import type { TableColumn } from '@berth/tables';
import type { ScorePlan, TensorForm } from './plan.ts';

/** Rows of a batch: all from one to before another, or those listed. */
export type Rows = { readonly start: number; readonly end: number } | readonly number[];

/** How many they are. */
export function countOf(rows: Rows): number {
  return 'start' in rows ? rows.end - rows.start : rows.length;
}

/**
 * The request for some rows; `columns` are the features in the model's order.
 * @throws InferenceError INVALID_INPUT for a cell that a tensor can not hold
 */
export function buildRequest(plan: ScorePlan, columns: readonly TableColumn[], rows: Rows): InferRequest {
  const { form, features, outputs } = plan;
  if (form.kind === 'tensors') {
    let from = 0;
    const inputs = form.tensors.map((tensor) => {
      const width = tensor.width < 0 ? columns.length : tensor.width;
      const own = columns.slice(from, from + width);
      from += width;
      return matrixTensor(tensor, own, rows);
    });
    return { inputs, layout: 'tensors', outputs };
  }
  const inputs = columns.map((column, i) => columnTensor(features[i], column, rows));
  return { inputs, layout: form.kind, outputs };
}

function columnTensor(name: string, { values }: TableColumn, rows: Rows): Tensor {
  const shape = [countOf(rows)];
  if (values instanceof Float64Array) return { name, datatype: 'FP64', shape, data: pickNumbers(values, rows) };
  const text = pick(values, rows);
  // Text that is missing in all of these rows is a column without any: NaN, as data frames have it.
  if (text.every((cell) => cell === undefined)) {
    return { name, datatype: 'FP64', shape, data: new Float64Array(text.length).fill(Number.NaN) };
  }
  return { name, datatype: 'BYTES', shape, data: text as string[] };
}

function pickNumbers(values: Float64Array, rows: Rows): Float64Array {
  return 'start' in rows ? values.subarray(rows.start, rows.end) : Float64Array.from(rows, (row) => values[row]);
}

function pick<T>(values: readonly T[], rows: Rows): T[] {
  return 'start' in rows ? values.slice(rows.start, rows.end) : rows.map((row) => values[row]);
}

const RANGES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['BOOL', [0, 1]],
  ['INT8', [-128, 127]],
  ['UINT8', [0, 255]],
  ['INT16', [-32_768, 32_767]],
  ['UINT16', [0, 65_535]],
  ['INT32', [-(2 ** 31), 2 ** 31 - 1]],
  ['UINT32', [0, 2 ** 32 - 1]],
  ['INT64', [-(2 ** 63), 2 ** 63 - 1024]],
  ['UINT64', [0, 2 ** 64 - 2048]],
]);

/** Half-precision numbers are held as their bits. */
const BITS: ReadonlyMap<string, (value: number) => number> = new Map([
  ['FP16', numberToHalf],
  ['BF16', numberToBfloat16],
]);

function matrixTensor({ name, datatype, isFlat }: TensorForm, columns: readonly TableColumn[], rows: Rows): Tensor {
  const count = countOf(rows);
  const width = columns.length;
  const data = allocate(datatype, count * width);
  columns.forEach((column, c) => {
    const write = cellWriter(datatype, data, column.name);
    const { values } = column;
    for (let i = 0; i < count; i++) {
      const row = 'start' in rows ? rows.start + i : rows[i];
      write(i * width + c, values[row]);
    }
  });
  return { name, datatype, shape: isFlat ? [count] : [count, width], data };
}

/** Writes the cells of one column into a tensor's data. */
function cellWriter(
  datatype: Tensor['datatype'],
  data: Tensor['data'],
  column: string,
): (at: number, cell: number | string | undefined) => void {
  if (datatype === 'BYTES') {
    return (at, cell) => {
      if (cell === undefined) throw invalidInput(`column "${column}" has no value; the model takes text there`);
      (data as BytesElement[])[at] = String(cell);
    };
  }
  const number = (cell: number | string | undefined): number => {
    if (typeof cell === 'number') return cell;
    if (cell === undefined) return Number.NaN;
    throw invalidInput(`column "${column}" holds ${JSON.stringify(cell.slice(0, 60))}, which is not a number`);
  };
  const range = RANGES.get(datatype);
  if (range === undefined) {
    const floats = data as Float64Array;
    const bits = BITS.get(datatype) ?? ((value: number) => value);
    return (at, cell) => {
      floats[at] = bits(number(cell));
    };
  }
  const isBig = datatype === 'INT64' || datatype === 'UINT64';
  return (at, cell) => {
    const value = number(cell);
    if (!Number.isInteger(value) || value < range[0] || value > range[1]) {
      const what = Number.isNaN(value) ? 'has no value' : `holds ${value}`;
      throw invalidInput(`column "${column}" ${what}; the model takes ${datatype} there`);
    }
    if (isBig) (data as BigInt64Array)[at] = BigInt(value);
    else (data as Int32Array)[at] = value;
  };
}

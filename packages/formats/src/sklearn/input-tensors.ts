import { type BytesElement, bytesToText, halfToNumber, invalidInput, type Tensor } from '@berth/inference';
import type { Cell, Column, Matrix } from './estimator.ts';

const bfloatBits = new Uint32Array(1);
const bfloatValue = new Float32Array(bfloatBits.buffer);

/** What numpy would hold for a tensor's datatype. */
export function numericDtype(tensor: Tensor): Matrix['dtype'] {
  switch (tensor.datatype) {
    case 'FP32':
      return 'float32';
    case 'FP64':
    case 'FP16':
    case 'BF16':
      return 'float64';
    case 'BOOL':
      return 'bool';
    default:
      return 'int64';
  }
}

/** A numeric tensor's elements as float64; FP64 is not copied. */
export function tensorNumbers(tensor: Tensor): Float64Array {
  const { data } = tensor;
  if (data instanceof Float64Array) return data;
  const out = new Float64Array(data.length);
  if (tensor.datatype === 'FP16') {
    for (let i = 0; i < out.length; i++) out[i] = halfToNumber(data[i] as number);
  } else if (tensor.datatype === 'BF16') {
    for (let i = 0; i < out.length; i++) {
      bfloatBits[0] = (data[i] as number) << 16;
      out[i] = bfloatValue[0];
    }
  } else if (data instanceof Float32Array) {
    out.set(data);
  } else {
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  }
  return out;
}

/** The text of a BYTES element; names the row where it is no UTF-8. */
export function tensorText(tensor: Tensor, index: number, columns: number): string {
  const element = (tensor.data as BytesElement[])[index];
  if (typeof element === 'string') return element;
  try {
    return bytesToText(element, tensor.name);
  } catch {
    const row = Math.floor(index / columns);
    throw invalidInput(`input "${tensor.name}", row ${row}: the bytes are not UTF-8 text`);
  }
}

/** A tensor of shape [n] or [n, 1] as one column. */
export function tensorColumn(tensor: Tensor, name: string): Column {
  const { shape } = tensor;
  if (!(shape.length === 1 || (shape.length === 2 && shape[1] === 1))) {
    throw invalidInput(`column "${name}" has shape [${shape.join(', ')}]; one column has shape [n] or [n, 1]`);
  }
  if (tensor.datatype !== 'BYTES')
    return { kind: 'number', name, data: tensorNumbers(tensor), dtype: numericDtype(tensor) };
  return { kind: 'object', name, data: textCells(tensor, 1, 0, shape[0]) };
}

/** Column `j` of a BYTES tensor of `cols` columns. */
export function textCells(tensor: Tensor, cols: number, j: number, rows: number): Cell[] {
  const out = new Array<Cell>(rows);
  for (let i = 0; i < rows; i++) out[i] = tensorText(tensor, i * cols + j, cols);
  return out;
}

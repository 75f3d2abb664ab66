import { NdArray, type NdData } from '../../numpy/ndarray.ts';
import type { PyValue } from '../../pickle/values.ts';
import { floats, int64s } from '../results.ts';

/** Puts one answer a target side by side, `[rows, targets]`, of the answers' own dtype (`np.asarray(y).T`). */
export function stackTargets(answers: readonly NdArray[]): NdArray {
  const [first] = answers;
  const rows = first.shape[0];
  const targets = answers.length;
  const same = answers.every(({ dtype }) => dtype.kind === first.dtype.kind && dtype.itemSize === first.dtype.itemSize);
  if (!same && answers.every(({ dtype }) => 'iub'.includes(dtype.kind))) {
    const data = new Float64Array(rows * targets);
    answers.forEach((answer, k) => {
      for (let i = 0; i < rows; i++) data[i * targets + k] = Number(answer.data[i]);
    });
    return int64s([rows, targets], data);
  }
  if (!same && answers.every(({ dtype }) => 'fiub'.includes(dtype.kind))) {
    const data = new Float64Array(rows * targets);
    answers.forEach((answer, k) => {
      const column = answer.toFloat64();
      for (let i = 0; i < rows; i++) data[i * targets + k] = column[i];
    });
    return floats([rows, targets], data);
  }
  if (!Array.isArray(first.data) && same) {
    const data = new (first.data.constructor as new (length: number) => Exclude<NdData, unknown[]>)(rows * targets);
    answers.forEach((answer, k) => {
      for (let i = 0; i < rows; i++) data[i * targets + k] = answer.data[i] as never;
    });
    return new NdArray(first.dtype, [rows, targets], data);
  }
  const data = new Array<PyValue>(rows * targets);
  answers.forEach((answer, k) => {
    for (let i = 0; i < rows; i++) data[i * targets + k] = answer.data[i] as PyValue;
  });
  return new NdArray(first.dtype, [rows, targets], data);
}

/** Column `column` of a two-dimensional array of numbers. */
export function columnOf(array: NdArray, column: number): Float64Array {
  const [rows, cols] = array.shape;
  const data = array.toFloat64();
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = data[i * cols + column];
  return out;
}

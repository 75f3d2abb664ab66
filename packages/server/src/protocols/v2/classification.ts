import { type BytesElement, invalidInput, type Tensor } from '@berth/inference';

/**
 * Triton's classification extension: the `count` highest values of each row as texts `value:index[:label]`, highest
 * first, equal ones by index. Floats have six decimals.
 * @throws InferenceError INVALID_INPUT for BYTES, which has no order.
 */
export function classify(tensor: Tensor, count: number, labels: readonly string[] | undefined): Tensor {
  if (tensor.datatype === 'BYTES' || tensor.datatype === 'BOOL') {
    throw invalidInput(`class result not available for output due to unsupported type '${tensor.datatype}'`);
  }
  const { shape } = tensor;
  const rows = shape.length > 1 ? shape[0] : 1;
  const total = tensor.data.length;
  const width = rows === 0 ? 0 : total / rows;
  const kept = Math.min(count, width);
  const floating = tensor.datatype.startsWith('FP') || tensor.datatype === 'BF16';
  const data: BytesElement[] = [];
  for (let row = 0; row < rows; row++) {
    const values = Array.from(tensor.data as ArrayLike<number | bigint>).slice(row * width, (row + 1) * width);
    const order = values
      .map((_, index) => index)
      .sort((left, right) => compare(values[right], values[left]) || left - right);
    for (const index of order.slice(0, kept)) {
      const value = floating ? Number(values[index]).toFixed(6) : String(values[index]);
      const label = labels?.[index];
      data.push(label === undefined ? `${value}:${index}` : `${value}:${index}:${label}`);
    }
  }
  return { name: tensor.name, datatype: 'BYTES', shape: shape.length > 1 ? [rows, kept] : [kept], data };
}

function compare(left: number | bigint, right: number | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

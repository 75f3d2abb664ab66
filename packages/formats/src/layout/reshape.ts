import { elementCount, invalidInput, type Tensor } from '@berth/inference';

/**
 * The same elements in Triton's other shape: sizes that are free in `from` are put, in their order, where `to` has free ones.
 * @throws InferenceError INVALID_INPUT where the elements do not fit.
 */
export function reshapeTensor(
  tensor: Tensor,
  from: readonly number[],
  to: readonly number[],
  batched: boolean,
): Tensor {
  const own = batched ? tensor.shape.slice(1) : tensor.shape;
  const free = own.filter((_size, index) => from[index] === -1);
  const sizes = to.map((dim) => (dim === -1 ? (free.shift() ?? 1) : dim));
  const shape = batched ? [tensor.shape[0], ...sizes] : sizes;
  if (elementCount(shape) !== tensor.data.length) {
    throw invalidInput(`"${tensor.name}" has the shape [${tensor.shape}], which can not be reshaped to [${shape}]`);
  }
  return { ...tensor, shape };
}

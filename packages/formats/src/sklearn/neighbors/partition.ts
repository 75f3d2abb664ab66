/** The indices of the `count` smallest values, NaN last, ties by position: what `numpy.argpartition` puts in front. */
export function smallestIndices(values: Float64Array, count: number): number[] {
  const order = Array.from(values.keys());
  order.sort((a, b) => compare(values[a], values[b]) || a - b);
  return order.slice(0, count);
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a - b;
}

/**
 * The weight of each neighbour: 1 for `uniform`; for `distance` the inverse, and where one is at distance 0 only those
 * count.
 */
export function distanceWeights(weights: string, distances: ArrayLike<number>): Float64Array {
  const out = new Float64Array(distances.length).fill(1);
  if (weights === 'uniform') return out;
  let touching = false;
  for (let i = 0; i < out.length; i++) {
    out[i] = 1 / distances[i];
    if (Math.abs(out[i]) === Infinity) touching = true;
  }
  return touching ? out.map((value) => (Math.abs(value) === Infinity ? 1 : 0)) : out;
}

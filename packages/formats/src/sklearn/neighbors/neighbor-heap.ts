/**
 * The k nearest so far, as a max-heap. What is as far as the farthest kept one is not taken, and equals sink as in
 * scikit-learn's `heap_push`, so that of several at the same distance the same ones stay.
 */
export class NeighborHeap {
  readonly distances: Float64Array;
  readonly indices: Int32Array;

  constructor(count: number) {
    this.distances = new Float64Array(count);
    this.indices = new Int32Array(count);
    this.clear();
  }

  clear(): void {
    this.distances.fill(Infinity);
    this.indices.fill(0);
  }

  /** The distance of the farthest kept one. */
  get largest(): number {
    return this.distances[0];
  }

  push(distance: number, index: number): void {
    const { distances, indices } = this;
    if (distance >= distances[0]) return;
    const size = distances.length;
    let at = 0;
    for (let left = 1; left < size; left = 2 * at + 1) {
      const right = left + 1;
      const child = right < size && distances[left] < distances[right] ? right : left;
      if (!(distance < distances[child])) break;
      distances[at] = distances[child];
      indices[at] = indices[child];
      at = child;
    }
    distances[at] = distance;
    indices[at] = index;
  }
}

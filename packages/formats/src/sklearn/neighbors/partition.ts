/** Less than, with NaN above every number, as numpy sorts. */
function less(a: number, b: number): boolean {
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}

/**
 * The indices of the `count` smallest values, NaN last: what `numpy.argpartition` puts in front. Which of equal values
 * those are depends on its algorithm (introselect, `npysort/selection`), so the same steps are taken. With AVX2 or AVX-512
 * numpy 2 takes others, which choose otherwise on each of the two.
 */
export function smallestIndices(values: Float64Array, count: number): Int32Array {
  const order = Int32Array.from(values.keys());
  if (count >= 1 && count <= values.length) new Selection(values, order).run(count - 1);
  return order.slice(0, count);
}

class Selection {
  private readonly values: Float64Array;
  private readonly order: Int32Array;

  constructor(values: Float64Array, order: Int32Array) {
    this.values = values;
    this.order = order;
  }

  run(kth: number): void {
    const count = this.order.length;
    if (kth < 3) {
      this.selectLeast(kth + 1);
      return;
    }
    if (kth === count - 1) {
      this.swap(kth, this.lastMaximum());
      return;
    }
    let low = 0;
    let high = count - 1;
    let depth = 2 * Math.floor(Math.log2(count));
    while (low + 1 < high) {
      let from = low + 1;
      let to = high;
      if (depth > 0 || to - from < 5) this.medianOfThree(low, low + ((high - low) >> 1), high);
      else {
        this.swap(from + this.medianOfFives(from, to - from), low);
        from--;
        to++;
      }
      depth--;
      const pivot = this.at(low);
      for (;;) {
        do from++;
        while (less(this.at(from), pivot));
        do to--;
        while (less(pivot, this.at(to)));
        if (to < from) break;
        this.swap(from, to);
      }
      this.swap(low, to);
      if (to >= kth) high = to - 1;
      if (to <= kth) low = from;
    }
    if (high === low + 1 && less(this.at(high), this.at(low))) this.swap(high, low);
  }

  private at(place: number): number {
    return this.values[this.order[place]];
  }

  private swap(a: number, b: number): void {
    const kept = this.order[a];
    this.order[a] = this.order[b];
    this.order[b] = kept;
  }

  /** Selection sort of the first few. */
  private selectLeast(count: number, offset = 0, length = this.order.length): void {
    for (let i = 0; i < count; i++) {
      let least = i;
      for (let k = i + 1; k < length; k++) if (less(this.at(offset + k), this.at(offset + least))) least = k;
      this.swap(offset + i, offset + least);
    }
  }

  private lastMaximum(): number {
    let most = 0;
    for (let k = 1; k < this.order.length; k++) if (!less(this.at(k), this.at(most))) most = k;
    return most;
  }

  /** The median goes to `low`, the least to `low + 1`. */
  private medianOfThree(low: number, middle: number, high: number): void {
    if (less(this.at(high), this.at(middle))) this.swap(high, middle);
    if (less(this.at(high), this.at(low))) this.swap(high, low);
    if (less(this.at(low), this.at(middle))) this.swap(low, middle);
    this.swap(middle, low + 1);
  }

  /** Where the median of the medians of fives is, for runs that keep splitting badly. */
  private medianOfFives(offset: number, length: number): number {
    const groups = Math.floor(length / 5);
    for (let group = 0; group < groups; group++) {
      this.selectLeast(3, offset + 5 * group, 5);
      this.swap(offset + group, offset + 5 * group + 2);
    }
    const middle = groups >> 1;
    if (groups > 2) this.selectLeast(middle + 1, offset, groups);
    return middle;
  }
}

/** A typed array that grows: what is behind `length` is zero. */
export class GrowingArray<T extends Int32Array | Float64Array | Uint8Array> {
  readonly #make: (length: number) => T;
  /** The elements, with room for more. */
  data: T;
  length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.data = make(256);
  }

  /** Makes the array `count` zeros longer; answers where they start. */
  extend(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.data.length) {
      const grown = this.#make(Math.max(this.length, this.data.length * 2));
      grown.set(this.data);
      this.data = grown;
    }
    return start;
  }

  /** The elements alone. */
  finish(): T {
    return this.data.slice(0, this.length) as T;
  }
}

/**
 * Sets of category codes as bits, one after the other: set `s` is `words[offsets[s]]` up to `words[offsets[s + 1]]`.
 */
export class CategorySets {
  readonly #offsets: number[] = [0];
  readonly #words: number[] = [];

  /** Number of sets. */
  get count(): number {
    return this.#offsets.length - 1;
  }

  /** Adds a set given as 32-bit words, lowest code first; answers its number. */
  addWords(words: ArrayLike<number>): number {
    for (let i = 0; i < words.length; i++) this.#words.push(words[i] >>> 0);
    this.#offsets.push(this.#words.length);
    return this.count - 1;
  }

  /** Adds a set given as codes, which must be small enough to be trusted; answers its number. */
  addCodes(codes: readonly number[]): number {
    let max = -1;
    for (const code of codes) max = Math.max(max, code);
    const words = new Uint32Array((max >> 5) + 1);
    for (const code of codes) words[code >> 5] |= 1 << (code & 31);
    return this.addWords(words);
  }

  /** Number of codes that set `set` has room for. */
  size(set: number): number {
    return (this.#offsets[set + 1] - this.#offsets[set]) * 32;
  }

  /** Whether the set has the code; false for whatever it has no room for. */
  has(set: number, code: number): boolean {
    if (code < 0 || code >= this.size(set)) return false;
    return ((this.#words[this.#offsets[set] + (code >> 5)] >>> (code & 31)) & 1) === 1;
  }

  /** Adds all sets of `other`; answers what to add to their numbers. */
  append(other: CategorySets): number {
    const base = this.count;
    for (let set = 0; set < other.count; set++) {
      this.addWords(other.#words.slice(other.#offsets[set], other.#offsets[set + 1]));
    }
    return base;
  }
}

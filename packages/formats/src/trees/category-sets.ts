/** One set of category codes: bits while they are dense, else the codes in ascending order. */
interface CategorySet {
  /** Number of codes that the bits have room for. */
  readonly size: number;
  readonly words?: Uint32Array;
  readonly codes?: Int32Array;
}

/** Words of bits that a code may cost: files with few large codes must not ask for large memory. */
const WORDS_A_CODE = 8;

/** Numbered sets of category codes. */
export class CategorySets {
  readonly #sets: CategorySet[] = [];

  /** Number of sets. */
  get count(): number {
    return this.#sets.length;
  }

  /** Adds a set given as 32-bit words, lowest code first; answers its number. */
  addWords(words: ArrayLike<number>): number {
    return this.#sets.push({ size: words.length * 32, words: Uint32Array.from(words) }) - 1;
  }

  /** Adds a set given as codes that are not negative; answers its number. */
  addCodes(codes: Int32Array): number {
    const sorted = codes.slice().sort();
    const max = sorted.length === 0 ? -1 : sorted[sorted.length - 1];
    const count = (max >> 5) + 1;
    if (count > WORDS_A_CODE * sorted.length) return this.#sets.push({ size: count * 32, codes: sorted }) - 1;
    const words = new Uint32Array(count);
    for (const code of sorted) words[code >> 5] |= 1 << (code & 31);
    return this.addWords(words);
  }

  /** Number of codes that set `set` has room for: whole words of 32, as the libraries count. */
  size(set: number): number {
    return this.#sets[set].size;
  }

  /** Whether the set has the code; false for whatever it has no room for. */
  has(set: number, code: number): boolean {
    const { size, words, codes } = this.#sets[set];
    if (!(code >= 0 && code < size)) return false;
    if (words !== undefined) return ((words[code >> 5] >>> (code & 31)) & 1) === 1;
    return codes !== undefined && contains(codes, code);
  }

  /** Adds all sets of `other`; answers what to add to their numbers. */
  append(other: CategorySets): number {
    const base = this.count;
    for (const set of other.#sets) this.#sets.push(set);
    return base;
  }
}

/** Binary search. */
function contains(sorted: Int32Array, code: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] === code) return true;
    if (sorted[middle] < code) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

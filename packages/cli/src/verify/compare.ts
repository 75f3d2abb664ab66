import { bfloat16ToNumber, bytesToText, halfToNumber, type Tensor } from '@berth/inference';
import type { LibraryArray } from './library-answer.ts';
import { agree, type Tolerance } from './tolerance.ts';

/** A value of an output as both sides show it. */
export type Value = number | bigint | string | boolean;

/** One place where both sides answered. */
export interface Pair {
  /** For people, from 1. */
  readonly row: number;
  /** The label or the position of the value within the row; absent where a row has one value. */
  readonly column?: string;
  readonly berth: Value;
  readonly library: Value;
}

/** A pair of numbers with how far they lie apart. */
export interface Difference extends Pair {
  readonly difference: number;
}

/** Where the two sides first differ. */
export interface Mismatch extends Pair {
  /** Index of the row in the batch that was compared. */
  readonly index: number;
  /** Set where the shapes differ, so that no values are compared. */
  readonly shapes?: { readonly berth: readonly number[]; readonly library: readonly number[] };
}

/** One output over all batches. */
export class OutputComparison {
  readonly name: string;
  readonly labels: readonly string[] | undefined;
  readonly #toleranceOf: (single: boolean) => Tolerance;
  #tolerance: Tolerance | undefined;
  rows = 0;
  values = 0;
  mismatches = 0;
  largestAbsolute: Difference | undefined;
  largestRelative: Difference | undefined;

  /** @param toleranceOf the tolerance, by whether either side answers in less than float64 */
  constructor(name: string, labels: readonly string[] | undefined, toleranceOf: (single: boolean) => Tolerance) {
    this.name = name;
    this.labels = labels;
    this.#toleranceOf = toleranceOf;
  }

  /** The tolerance that was used; undefined where values must be the same. */
  get tolerance(): Tolerance | undefined {
    return this.#tolerance;
  }

  /**
   * Compares the answers to one batch. Marks the rows that differ in `different`; answers the first of them.
   * A trailing dimension of 1 counts as none: [n, 1] and [n] hold the same.
   */
  add(
    native: Tensor,
    library: LibraryArray,
    rowNumbers: ArrayLike<number>,
    different: Uint8Array,
  ): Mismatch | undefined {
    const rows = rowNumbers.length;
    this.rows += rows;
    if (!sameShape(native.shape, library.shape)) return this.#shapes(native, library, rowNumbers, different);
    const total = library.data.length;
    const width = rows === 0 ? 0 : total / rows;
    this.values += total;
    const isFloat = isFloating(native) || library.data instanceof Float64Array || library.data instanceof Float32Array;
    if (isFloat) this.#tolerance ??= this.#toleranceOf(isSingle(native) || library.data instanceof Float32Array);
    let first: Mismatch | undefined;
    for (let i = 0; i < total; i++) {
      const berth = valueAt(native, i);
      const theirs = library.data[i];
      const row = Number.isInteger(width) ? Math.floor(i / width) : 0;
      if (this.#same(berth, theirs, rowNumbers[row], i - row * width, width)) continue;
      this.mismatches++;
      different[row] = 1;
      first ??= { ...this.#pair(rowNumbers[row], i - row * width, width, berth, theirs), index: row };
    }
    return first;
  }

  #same(berth: Value, theirs: Value, row: number, column: number, width: number): boolean {
    if (this.#tolerance !== undefined && typeof berth !== 'string' && typeof theirs !== 'string') {
      const [a, b] = [Number(berth), Number(theirs)];
      this.#note(a, b, () => this.#pair(row, column, width, a, b));
      return agree(a, b, this.#tolerance);
    }
    return sameExactly(berth, theirs);
  }

  #note(a: number, b: number, pair: () => Pair): void {
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) {
      this.largestAbsolute ??= { ...pair(), difference: 0 };
      this.largestRelative ??= { ...pair(), difference: 0 };
      return;
    }
    const apart = Math.abs(a - b);
    const absolute = Number.isNaN(apart) ? Infinity : apart;
    const relative = Number.isFinite(absolute) ? absolute / Math.max(Math.abs(a), Math.abs(b)) : Infinity;
    if (absolute > (this.largestAbsolute?.difference ?? -1)) this.largestAbsolute = { ...pair(), difference: absolute };
    if (relative > (this.largestRelative?.difference ?? -1)) this.largestRelative = { ...pair(), difference: relative };
  }

  #pair(row: number, column: number, width: number, berth: Value, library: Value): Pair {
    if (width === 1) return { row, berth, library };
    const label = this.labels?.length === width ? this.labels[column] : String(column);
    return { row, column: label, berth, library };
  }

  #shapes(
    native: Tensor,
    library: LibraryArray,
    rowNumbers: ArrayLike<number>,
    different: Uint8Array,
  ): Mismatch | undefined {
    if (rowNumbers.length === 0) return undefined;
    different.fill(1);
    this.mismatches += rowNumbers.length;
    const [berth, theirs] = [native.shape.join('×'), library.shape.join('×')];
    return {
      row: rowNumbers[0],
      index: 0,
      berth: `shape ${berth}`,
      library: `shape ${theirs}`,
      shapes: { berth: native.shape, library: library.shape },
    };
  }
}

/** Text is compared as text; a label that one side holds as a number and the other as its text is the same label. */
function sameExactly(a: Value, b: Value): boolean {
  if (typeof a === 'string' || typeof b === 'string') return text(a) === text(b);
  return Number(a) === Number(b) && (typeof a !== 'bigint' || typeof b !== 'bigint' || a === b);
}

function text(value: Value): string {
  return value === true ? 'True' : value === false ? 'False' : String(value);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const [x, y] = [plain(a), plain(b)];
  return x.length === y.length && x.every((dim, i) => dim === y[i]);
}

function plain(shape: readonly number[]): number[] {
  const out = [...shape];
  while (out.length > 1 && out.at(-1) === 1) out.pop();
  return out;
}

function isFloating({ datatype }: Tensor): boolean {
  return ['FP16', 'BF16', 'FP32', 'FP64'].includes(datatype);
}

function isSingle({ datatype }: Tensor): boolean {
  return datatype !== 'FP64' && isFloating({ datatype } as Tensor);
}

function valueAt({ datatype, data, name }: Tensor, index: number): Value {
  const value = data[index];
  if (datatype === 'BOOL') return value !== 0;
  if (datatype === 'FP16') return halfToNumber(value as number);
  if (datatype === 'BF16') return bfloat16ToNumber(value as number);
  if (typeof value !== 'object') return value;
  try {
    return bytesToText(value, name);
  } catch {
    return Buffer.from(value).toString('latin1');
  }
}

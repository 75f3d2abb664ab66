import { damaged } from './output-buffer.ts';

const MAX_CODE_LENGTH = 20;

/** Reads bits, most significant first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  #buffer = 0;
  #available = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    while (this.#available < count) {
      if (this.#position >= this.#bytes.length) throw damaged('bzip2', 'it ends too early');
      this.#buffer = ((this.#buffer << 8) | this.#bytes[this.#position++]) >>> 0;
      this.#available += 8;
    }
    this.#available -= count;
    const value = (this.#buffer >>> this.#available) & ((1 << count) - 1);
    this.#buffer &= (1 << this.#available) - 1;
    return value;
  }

  alignToByte(): void {
    this.#available -= this.#available % 8;
  }

  get remainingBytes(): number {
    return this.#bytes.length - this.#position + this.#available / 8;
  }
}

/** One canonical Huffman code. */
class CodeTable {
  readonly #limits = new Int32Array(MAX_CODE_LENGTH + 2).fill(-1);
  readonly #offsets = new Int32Array(MAX_CODE_LENGTH + 2);
  readonly #symbols: Uint16Array;
  readonly #shortest: number;

  constructor(lengths: Uint8Array) {
    const counts = new Int32Array(MAX_CODE_LENGTH + 2);
    for (const length of lengths) counts[length]++;
    this.#symbols = new Uint16Array(lengths.length);
    let at = 0;
    for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
      for (let symbol = 0; symbol < lengths.length; symbol++)
        if (lengths[symbol] === length) this.#symbols[at++] = symbol;
    }
    this.#shortest = Math.min(...lengths);
    let code = 0;
    let index = 0;
    for (let length = this.#shortest; length <= MAX_CODE_LENGTH; length++) {
      this.#offsets[length] = index - code;
      code += counts[length];
      index += counts[length];
      this.#limits[length] = code - 1;
      code <<= 1;
    }
  }

  read(bits: BitReader): number {
    let code = bits.read(this.#shortest);
    for (let length = this.#shortest; length <= MAX_CODE_LENGTH; length++) {
      if (code <= this.#limits[length]) {
        const index = code + this.#offsets[length];
        if (index < 0 || index >= this.#symbols.length) break;
        return this.#symbols[index];
      }
      code = (code << 1) | bits.read(1);
    }
    throw damaged('bzip2', 'a code that stands for nothing');
  }
}

/** The block's Huffman tables and which of them every group of fifty symbols uses. */
export function readCodeTables(bits: BitReader, alphabet: number): { tables: CodeTable[]; selectors: Uint8Array } {
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) throw damaged('bzip2', 'a block without code tables');
  const selectorCount = bits.read(15);
  if (selectorCount === 0) throw damaged('bzip2', 'a block without selectors');
  const selectors = new Uint8Array(selectorCount);
  const order = [0, 1, 2, 3, 4, 5];
  for (let i = 0; i < selectorCount; i++) {
    let position = 0;
    while (bits.read(1) === 1) if (++position >= tableCount) throw damaged('bzip2', 'a selector outside the tables');
    const [table] = order.splice(position, 1);
    order.unshift(table);
    selectors[i] = table;
  }
  const tables: CodeTable[] = [];
  for (let t = 0; t < tableCount; t++) {
    const lengths = new Uint8Array(alphabet);
    let length = bits.read(5);
    for (let symbol = 0; symbol < alphabet; symbol++) {
      for (;;) {
        if (length < 1 || length > MAX_CODE_LENGTH) throw damaged('bzip2', 'a code is too long');
        if (bits.read(1) === 0) break;
        length += bits.read(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    tables.push(new CodeTable(lengths));
  }
  return { tables, selectors };
}

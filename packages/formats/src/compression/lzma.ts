import { damaged, type OutputBuffer } from './output-buffer.ts';

// Names and layout follow the public-domain LZMA specification (7-Zip `lzma-specification.txt`).
const STATES = 12;
const POSITION_STATES_MAX = 16;
const LENGTH_TO_POSITION_STATES = 4;
const END_POSITION_MODEL = 14;
const FULL_DISTANCES = 128;
const ALIGN_BITS = 4;
const MATCH_MIN_LENGTH = 2;
const HALF = 1024;

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(HALF);
}

/** The length coder: short, middle and long lengths. */
class LengthModel {
  readonly choice = probabilities(2);
  readonly low = probabilities(POSITION_STATES_MAX << 3);
  readonly middle = probabilities(POSITION_STATES_MAX << 3);
  readonly high = probabilities(256);
}

/** One LZMA stream's state: properties, probabilities, the last distances. */
export class LzmaDecoder {
  readonly #out: OutputBuffer;
  #input: Uint8Array = new Uint8Array(0);
  #position = 0;
  #end = 0;
  #range = 0;
  #code = 0;
  #lc = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #dictionaryStart = 0;
  #state = 0;
  #reps = [0, 0, 0, 0];
  #literal = probabilities(0);
  #isMatch = probabilities(0);
  #isRep = probabilities(0);
  #isRepG0 = probabilities(0);
  #isRepG1 = probabilities(0);
  #isRepG2 = probabilities(0);
  #isRep0Long = probabilities(0);
  #positionSlot = probabilities(0);
  #positionSpecial = probabilities(0);
  #align = probabilities(0);
  #length = new LengthModel();
  #repLength = new LengthModel();

  constructor(out: OutputBuffer) {
    this.#out = out;
  }

  /** @param properties (pb * 5 + lp) * 9 + lc. @throws LoadError for what is none. */
  setProperties(properties: number): void {
    if (properties >= 9 * 5 * 5) throw damaged('LZMA', `${properties} is no property byte`);
    this.#lc = properties % 9;
    const rest = Math.floor(properties / 9);
    this.#literalPositionMask = (1 << (rest % 5)) - 1;
    this.#positionMask = (1 << Math.floor(rest / 5)) - 1;
    this.#literal = probabilities(0x300 << (this.#lc + (rest % 5)));
  }

  /** Bytes written before now are no longer reachable (an LZMA2 dictionary reset). */
  resetDictionary(): void {
    this.#dictionaryStart = this.#out.length;
  }

  resetState(): void {
    this.#state = 0;
    this.#reps = [0, 0, 0, 0];
    this.#literal.fill(HALF);
    this.#isMatch = probabilities(STATES << 4);
    this.#isRep = probabilities(STATES);
    this.#isRepG0 = probabilities(STATES);
    this.#isRepG1 = probabilities(STATES);
    this.#isRepG2 = probabilities(STATES);
    this.#isRep0Long = probabilities(STATES << 4);
    this.#positionSlot = probabilities(LENGTH_TO_POSITION_STATES << 6);
    this.#positionSpecial = probabilities(1 + FULL_DISTANCES - END_POSITION_MODEL);
    this.#align = probabilities(1 << ALIGN_BITS);
    this.#length = new LengthModel();
    this.#repLength = new LengthModel();
  }

  /**
   * Decodes from `input[start, end)` until `size` bytes are written or, where `size` is undefined, the end marker.
   * Returns the position after what was read.
   */
  decode(input: Uint8Array, start: number, end: number, size: number | undefined): number {
    this.#input = input;
    this.#position = start;
    this.#end = end;
    this.#range = 0xffffffff;
    this.#code = 0;
    if (this.#next() !== 0) throw damaged('LZMA', 'it does not start with 0');
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
    const target = size === undefined ? Infinity : this.#out.length + size;
    while (this.#out.length < target) {
      if (this.#symbol(target)) return this.#position;
    }
    return this.#position;
  }

  #next(): number {
    if (this.#position >= this.#end) throw damaged('LZMA', 'it ends too early');
    return this.#input[this.#position++];
  }

  /** Decodes one literal or match; true at the end marker. */
  #symbol(target: number): boolean {
    const out = this.#out;
    const positionState = (out.length - this.#dictionaryStart) & this.#positionMask;
    const state = this.#state;
    if (this.#bit(this.#isMatch, (state << 4) + positionState) === 0) {
      this.#decodeLiteral();
      return false;
    }
    let length: number;
    if (this.#bit(this.#isRep, state) === 0) {
      this.#reps = [0, this.#reps[0], this.#reps[1], this.#reps[2]];
      length = this.#decodeLength(this.#length, positionState);
      this.#state = state < 7 ? 7 : 10;
      const distance = this.#decodeDistance(length);
      if (distance === 0xffffffff) return true;
      this.#reps[0] = distance;
    } else {
      if (out.length === this.#dictionaryStart) throw damaged('LZMA', 'it repeats what was never written');
      if (this.#bit(this.#isRepG0, state) === 0) {
        if (this.#bit(this.#isRep0Long, (state << 4) + positionState) === 0) {
          this.#state = state < 7 ? 9 : 11;
          this.#copy(1, target);
          return false;
        }
      } else {
        const which = this.#bit(this.#isRepG1, state) === 0 ? 1 : this.#bit(this.#isRepG2, state) === 0 ? 2 : 3;
        const [distance] = this.#reps.splice(which, 1);
        this.#reps.unshift(distance);
      }
      length = this.#decodeLength(this.#repLength, positionState);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#copy(length + MATCH_MIN_LENGTH, target);
    return false;
  }

  #copy(length: number, target: number): void {
    const distance = this.#reps[0] + 1;
    if (distance > this.#out.length - this.#dictionaryStart) throw damaged('LZMA', 'it repeats what was never written');
    if (length > target - this.#out.length) throw damaged('LZMA', 'it holds more than it says');
    this.#out.repeat(distance, length);
  }

  #decodeLiteral(): void {
    const out = this.#out;
    const written = out.length - this.#dictionaryStart;
    const previous = written > 0 ? out.back(1) : 0;
    const index = ((written & this.#literalPositionMask) << this.#lc) + (previous >> (8 - this.#lc));
    const base = 0x300 * index;
    let symbol = 1;
    if (this.#state >= 7) {
      if (this.#reps[0] + 1 > written) throw damaged('LZMA', 'it repeats what was never written');
      let matched = out.back(this.#reps[0] + 1);
      do {
        const matchBit = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(this.#literal, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literal, base + symbol);
    out.push(symbol & 0xff);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  #decodeLength(model: LengthModel, positionState: number): number {
    if (this.#bit(model.choice, 0) === 0) return this.#tree(model.low, positionState << 3, 3);
    if (this.#bit(model.choice, 1) === 0) return 8 + this.#tree(model.middle, positionState << 3, 3);
    return 16 + this.#tree(model.high, 0, 8);
  }

  #decodeDistance(length: number): number {
    const lengthState = Math.min(length, LENGTH_TO_POSITION_STATES - 1);
    const slot = this.#tree(this.#positionSlot, lengthState << 6, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    let distance = ((2 | (slot & 1)) << directBits) >>> 0;
    if (slot < END_POSITION_MODEL) {
      return distance + this.#reverseTree(this.#positionSpecial, distance - slot, directBits);
    }
    let direct = 0;
    for (let i = directBits - ALIGN_BITS; i > 0; i--) direct = direct * 2 + this.#directBit();
    distance += direct * (1 << ALIGN_BITS);
    return distance + this.#reverseTree(this.#align, 0, ALIGN_BITS);
  }

  #tree(model: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(model, base + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(model: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(model, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #bit(model: Uint16Array, index: number): number {
    const probability = model[index];
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      model[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      model[index] = probability - (probability >> 5);
      bit = 1;
    }
    this.#normalise();
    return bit;
  }

  #directBit(): number {
    this.#range >>>= 1;
    let bit = 0;
    if (this.#code >= this.#range) {
      this.#code -= this.#range;
      bit = 1;
    }
    this.#normalise();
    return bit;
  }

  #normalise(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }
}

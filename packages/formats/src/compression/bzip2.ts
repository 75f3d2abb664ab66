import { BitReader, readCodeTables } from './bzip2-codes.ts';
import { damaged, type OutputBuffer } from './output-buffer.ts';

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const GROUP = 50;

const CRC = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let value = n << 24;
  for (let k = 0; k < 8; k++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  CRC[n] = value;
}

function blockCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ CRC[((crc >>> 24) ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

/** Decodes a bzip2 file, each block with its check; several streams in a row (bzip2 1.0 `decompress.c`). */
export function decompressBzip2(bytes: Uint8Array, out: OutputBuffer): void {
  const bits = new BitReader(bytes);
  do {
    if (bits.read(16) !== 0x425a || bits.read(8) !== 0x68) throw damaged('bzip2', 'a stream has no header');
    const level = bits.read(8) - 0x30;
    if (level < 1 || level > 9) throw damaged('bzip2', 'a stream has no block size');
    let combined = 0;
    for (;;) {
      const magic = bits.read(24) * 0x1000000 + bits.read(24);
      if (magic === END_MAGIC) break;
      if (magic !== BLOCK_MAGIC) throw damaged('bzip2', 'a block has no header');
      const expected = bits.read(16) * 0x10000 + bits.read(16);
      const start = out.length;
      decodeBlock(bits, level * 100_000, out);
      if (blockCrc(out.view(start)) !== expected) throw damaged('bzip2', 'a block fails its check');
      combined = (((combined << 1) | (combined >>> 31)) ^ expected) >>> 0;
    }
    if (bits.read(16) * 0x10000 + bits.read(16) !== combined) throw damaged('bzip2', 'the file fails its check');
    bits.alignToByte();
  } while (bits.remainingBytes > 0);
}

function decodeBlock(bits: BitReader, capacity: number, out: OutputBuffer): void {
  if (bits.read(1) !== 0) throw damaged('bzip2', 'a randomised block, which no release since 1996 writes');
  const origin = bits.read(24);
  const symbols = readSymbols(bits);
  const { tables, selectors } = readCodeTables(bits, symbols.length + 2);
  const endOfBlock = symbols.length + 1;
  // The transformed block, its bytes in the low 8 bits; the upper bits become the links of the inverse transform.
  const block = new Uint32Array(capacity);
  const counts = new Int32Array(257);
  let length = 0;
  let group = -1;
  let left = 0;
  let runLength = 0;
  let runBit = 1;
  const flushRun = (): void => {
    if (runLength === 0) return;
    if (runLength > capacity - length) throw damaged('bzip2', 'a block is too long');
    block.fill(symbols[0], length, length + runLength);
    counts[symbols[0] + 1] += runLength;
    length += runLength;
    runLength = 0;
    runBit = 1;
  };
  for (;;) {
    if (left === 0) {
      group++;
      if (group >= selectors.length) throw damaged('bzip2', 'a block has no end');
      left = GROUP;
    }
    left--;
    const symbol = tables[selectors[group]].read(bits);
    if (symbol <= 1) {
      runLength += runBit << symbol;
      runBit <<= 1;
      if (runBit > 1 << 21) throw damaged('bzip2', 'a block is too long');
      continue;
    }
    flushRun();
    if (symbol === endOfBlock) break;
    const value = symbols[symbol - 1];
    symbols.copyWithin(1, 0, symbol - 1);
    symbols[0] = value;
    if (length >= capacity) throw damaged('bzip2', 'a block is too long');
    block[length++] = value;
    counts[value + 1]++;
  }
  if (length === 0 || origin >= length) throw damaged('bzip2', 'a block starts outside itself');
  for (let i = 0; i < 256; i++) counts[i + 1] += counts[i];
  for (let i = 0; i < length; i++) block[counts[block[i] & 0xff]++] |= i << 8;
  writeRuns(block, length, origin, out);
}

/** The bytes that occur, in order, as the start of the move-to-front list. */
function readSymbols(bits: BitReader): Uint8Array {
  const ranges = bits.read(16);
  const symbols: number[] = [];
  for (let high = 0; high < 16; high++) {
    if (((ranges >> (15 - high)) & 1) === 0) continue;
    const used = bits.read(16);
    for (let low = 0; low < 16; low++) if ((used >> (15 - low)) & 1) symbols.push(high * 16 + low);
  }
  if (symbols.length === 0) throw damaged('bzip2', 'a block without symbols');
  return Uint8Array.from(symbols);
}

/** Follows the links and undoes the first run-length code: four equal bytes are followed by a count of more. */
function writeRuns(block: Uint32Array, length: number, origin: number, out: OutputBuffer): void {
  let link = block[origin] >>> 8;
  let run = 0;
  let previous = -1;
  for (let i = 0; i < length; i++) {
    const entry = block[link];
    const byte = entry & 0xff;
    link = entry >>> 8;
    if (run === 4) {
      out.reserve(byte);
      for (let k = 0; k < byte; k++) out.push(previous);
      run = 0;
      previous = -1;
      continue;
    }
    run = byte === previous ? run + 1 : 1;
    previous = byte;
    out.push(byte);
  }
}

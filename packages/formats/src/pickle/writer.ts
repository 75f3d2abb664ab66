/**
 * Test support: writes pickles opcode by opcode, as an attacker would.
 * Each function gives the bytes of one opcode or of a small group; `pickle(...)` joins them and adds STOP.
 */

export type Part = Uint8Array | string | number | readonly Part[];

/** Joins parts: text as Latin-1 bytes, numbers as one byte. */
export function bytes(...parts: Part[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(flatten(part)))));
}

function flatten(part: Part): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part, 'latin1');
  if (typeof part === 'number') return Uint8Array.of(part);
  if (part instanceof Uint8Array) return part;
  return bytes(...(part as Part[]));
}

/** A whole pickle of the given protocol. */
export function pickle(protocol: number, ...parts: Part[]): Uint8Array {
  return bytes(protocol >= 2 ? [0x80, protocol] : [], ...parts, '.');
}

export function global(module: string, name: string): Part {
  return `c${module}\n${name}\n`;
}

export function text(value: string): Part {
  const raw = Buffer.from(value, 'utf8');
  return ['X', u32(raw.length), new Uint8Array(raw)];
}

export function stackGlobal(module: string, name: string): Part {
  return [text(module), text(name), 0x93];
}

export function u32(value: number): Uint8Array {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0);
  return new Uint8Array(out);
}

export function u64(value: bigint): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value);
  return new Uint8Array(out);
}

/** `callable(*args)`. */
export function reduce(callable: Part, ...args: Part[]): Part {
  return [callable, '(', ...args, 't', 'R'];
}

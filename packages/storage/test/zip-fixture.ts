import { crc32, deflateRawSync } from 'node:zlib';

/** One raw zip entry; whatever is wrong with it is meant. */
export interface ZipFixtureEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Unix mode with type bits; default a plain file. */
  readonly mode?: number;
  /** Name in the header before the content; default `name`. */
  readonly localName?: string;
  /** Declared size; default the true one. */
  readonly size?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** Offset to claim in the directory, to let entries overlap. */
  readonly offset?: number;
}

/** A zip archive of exactly these entries. */
export function zipOf(entries: readonly ZipFixtureEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const packed = deflateRawSync(content);
    const localName = Buffer.from(entry.localName ?? entry.name);
    const name = Buffer.from(entry.name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(entry.flags ?? 0x800, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(entry.crc ?? crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(entry.size ?? content.length, 18);
    const local = Buffer.from(facts);
    local.writeUInt16LE(localName.length, 22);
    parts.push(Buffer.from([0x50, 0x4b, 3, 4]), local, localName, packed);
    facts.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(entry.offset ?? offset, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), facts, tail, name);
    offset += 30 + localName.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

/** One raw tar entry; whatever is wrong with it is meant. */
export interface TarFixtureEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Type flag: '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder, '6' pipe. */
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
  /** Declared size; default the content's. */
  readonly size?: number;
}

/** A tar archive of exactly these entries, ended by two empty blocks unless `cut`. */
export function tarOf(entries: readonly TarFixtureEntry[], options: { cut?: boolean } = {}): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const nameBytes = Buffer.from(entry.name);
    if (nameBytes.length > 100) {
      blocks.push(header({ name: '././@LongLink', type: 'L', size: nameBytes.length + 1 }, 0));
      blocks.push(padded(Buffer.concat([nameBytes, Buffer.alloc(1)])));
    }
    blocks.push(header(entry, content.length), padded(content));
  }
  if (options.cut !== true) blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
}

function header(entry: TarFixtureEntry, length: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(entry.name.slice(0, 100), 0, 100, 'utf8');
  block.write(octal(entry.mode ?? 0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(entry.size ?? length, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(entry.type ?? '0', 156);
  block.write((entry.link ?? '').slice(0, 100), 157, 100, 'utf8');
  block.write('ustar\u000000', 257, 8, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

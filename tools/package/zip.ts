/** A zip archive with the same bytes for the same files: sorted by the caller, no dates, no owners. */
import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive. */
export interface ZipFile {
  /** With `/` between folders. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The first of January 1980, the oldest date that the format knows. */
const DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
const UNIX = 3 << 8;
/** A plain file that all may read. */
const MODE = (0o100644 << 16) >>> 0;
const LIMIT = 0xffffffff;

/** @throws RangeError where a file or the archive passes 4 GiB, or there are more than 65,535 files */
export function zip(files: readonly ZipFile[]): Buffer {
  if (files.length > 0xffff) throw new RangeError(`${files.length} files are too many for a zip archive`);
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, bytes } of files) {
    const name = Buffer.from(path, 'utf8');
    const data = deflateRawSync(bytes, { level: 9 });
    if (bytes.length > LIMIT || offset + data.length > LIMIT) throw new RangeError(`${path} passes 4 GiB`);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(UTF8_NAMES, 2);
    common.writeUInt16LE(DEFLATED, 4);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = [Buffer.from('PK\x03\x04', 'latin1'), common, name, data];
    const more = Buffer.alloc(14);
    more.writeUInt32LE(MODE, 6);
    more.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, UNIX >> 8]);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, more, name);
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

import type { FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { LoadError } from '@berth/inference';

/** One file in a zip. */
export interface ZipEntry {
  readonly name: string;
  /** Unpacked, as the directory says. */
  readonly size: number;
  /** @throws LoadError where it is damaged, encrypted, or unpacks to more than `maxBytes` */
  read(maxBytes: number): Promise<Uint8Array>;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;
const MAX_ENTRIES = 100_000;

/**
 * The files of a zip by its directory (PKWARE APPNOTE 6.3, with ZIP64); nothing is unpacked until it is read.
 * @throws LoadError CorruptModel, LimitExceeded
 */
export async function zipEntries(file: FileHandle, fileBytes: number): Promise<ZipEntry[]> {
  const directory = await findDirectory(file, fileBytes);
  if (directory.size > MAX_DIRECTORY_BYTES || directory.offset + directory.size > fileBytes) {
    throw damaged('its directory lies outside of the file');
  }
  const bytes = await readAt(file, directory.offset, directory.size);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= bytes.length && view.getUint32(at, true) === DIRECTORY_ENTRY; ) {
    if (entries.length >= MAX_ENTRIES) throw new LoadError('LimitExceeded', `a zip of more than ${MAX_ENTRIES} files`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged('its directory is cut');
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength)).toString('utf8');
    const sizes = wideSizes(view, at, at + 46 + nameLength, extraLength);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    entries.push({
      name,
      size: sizes.size,
      read: (most) => readEntry(file, fileBytes, { name, flags, method, ...sizes }, most),
    });
    at = next;
  }
  return entries;
}

interface Sizes {
  readonly size: number;
  readonly packed: number;
  readonly offset: number;
}

/** Sizes beyond 32 bits stand in the entry's extra field, those that need it, in this order. */
function wideSizes(view: DataView, at: number, extraAt: number, extraLength: number): Sizes {
  const narrow = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  let wideAt = -1;
  for (let field = extraAt; field + 4 <= extraAt + extraLength; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) === 1) wideAt = field + 4;
  }
  const [size, packed, offset] = narrow.map((value) => {
    if (value !== 0xffffffff || wideAt < 0 || wideAt + 8 > extraAt + extraLength) return value;
    wideAt += 8;
    return Number(view.getBigUint64(wideAt - 8, true));
  }) as [number, number, number];
  return { size, packed, offset };
}

async function findDirectory(file: FileHandle, fileBytes: number): Promise<{ offset: number; size: number }> {
  const length = Math.min(fileBytes, END_BYTES + MAX_COMMENT);
  const tail = await readAt(file, fileBytes - length, length);
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const offset = view.getUint32(at + 16, true);
    const size = view.getUint32(at + 12, true);
    const locator = at - 20;
    if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_64) return { offset, size };
    const wide = viewOf(await readAt(file, Number(view.getBigUint64(locator + 8, true)), 56));
    if (wide.byteLength < 56 || wide.getUint32(0, true) !== END_64) throw damaged('its end is damaged');
    return { offset: Number(wide.getBigUint64(48, true)), size: Number(wide.getBigUint64(40, true)) };
  }
  throw damaged('it has no directory; it is cut');
}

interface Stored extends Sizes {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
}

async function readEntry(file: FileHandle, fileBytes: number, entry: Stored, maxBytes: number): Promise<Uint8Array> {
  const shown = JSON.stringify(entry.name.slice(0, 100));
  if ((entry.flags & 1) !== 0) throw damaged(`${shown} is encrypted`);
  if (entry.packed > maxBytes) throw new LoadError('LimitExceeded', `${shown} in the zip has ${entry.packed} bytes`);
  const header = viewOf(await readAt(file, entry.offset, 30));
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL_HEADER)
    throw damaged(`${shown} is not where it should be`);
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.packed > fileBytes) throw damaged(`${shown} is cut`);
  const packed = await readAt(file, start, entry.packed);
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw damaged(`${shown} is packed by method ${entry.method}, which is not read`);
  try {
    return inflateRawSync(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    if (isLarge) throw new LoadError('LimitExceeded', `${shown} in the zip holds more than ${maxBytes} bytes`);
    throw damaged(`${shown} can not be unpacked`);
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  if (!(offset >= 0 && Number.isSafeInteger(offset))) throw damaged('an offset in it is absurd');
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(what: string): LoadError {
  return new LoadError('CorruptModel', `the zip is damaged: ${what}`);
}

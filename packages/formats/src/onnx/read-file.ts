import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LoadError } from '@berth/inference';
import { unreadable } from '../safe-files.ts';

const CHUNK = 1 << 28;

/** A protobuf can not be larger, and neither can one array that a graph is loaded from. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Bytes of a file with a mark that changes when the file does. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly stamp: string;
}

/** The bytes of a model file. @throws LoadError ModelUnreadable, LimitExceeded */
export async function readModelFile(path: string, maxBytes: number): Promise<ReadFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LoadError('ModelUnreadable', 'the model is no regular file');
    return await readAll(handle, stats, Math.min(maxBytes, MAX_MODEL_BYTES), 'the model');
  } catch (error) {
    throw error instanceof LoadError ? error : unreadable(path, error);
  } finally {
    await handle?.close();
  }
}

/** All of an open file, in pieces: one read takes no more than 2 GiB. @throws LoadError */
export async function readAll(handle: FileHandle, stats: Stats, maxBytes: number, name: string): Promise<ReadFile> {
  const { size, ino, mtimeMs } = stats;
  if (size > maxBytes) throw new LoadError('LimitExceeded', `${name} has ${size} bytes; the limit is ${maxBytes}`);
  // A buffer of its own memory, not zeroed: it is filled to the end or thrown away.
  const bytes = Buffer.allocUnsafeSlow(size);
  let offset = 0;
  while (offset < size) {
    const { bytesRead } = await handle.read(bytes, offset, Math.min(CHUNK, size - offset), offset);
    if (bytesRead === 0) throw new LoadError('ModelUnreadable', `${name} became shorter while it was read`);
    offset += bytesRead;
  }
  return { bytes, stamp: `${ino} ${size} ${mtimeMs}` };
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { LoadError } from '@berth/inference';
import { printable } from './printable.ts';

/** Whether `path` is `root` or lies under it; both absolute with links resolved. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && way !== path);
}

/** Up to `length` first bytes of a regular file. @throws LoadError ModelUnreadable */
export async function readHead(path: string, length: number): Promise<Uint8Array> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    // O_NONBLOCK: a pipe that took the file's place since it was listed must not hold the open.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LoadError('ModelUnreadable', `${nameOf(path)} is no regular file`);
    const buffer = new Uint8Array(Math.min(length, stats.size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw unreadable(path, error);
  } finally {
    await handle?.close();
  }
}

/** Refuses what would not fit into the memory that is left, before it is read. @throws LoadError LimitExceeded */
export function refuseTooLarge(size: number, maxBytes: number, available = process.availableMemory()): void {
  if (size > maxBytes) {
    throw new LoadError('LimitExceeded', `the model file has ${size} bytes, more than the limit of ${maxBytes}`);
  }
  // 0 where the system does not tell.
  if (available > 0 && size > available) {
    throw new LoadError('LimitExceeded', `the model file has ${size} bytes, and ${available} bytes of memory are free`);
  }
}

/** The text of a small file. @throws LoadError ModelUnreadable, LimitExceeded above `maxBytes`, CorruptModel for other than UTF-8. */
export async function readSmallText(path: string, maxBytes = 1 << 20): Promise<string> {
  const bytes = await readHead(path, maxBytes + 1);
  if (bytes.length > maxBytes) {
    throw new LoadError('LimitExceeded', `${nameOf(path)} is larger than ${maxBytes} bytes`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new LoadError('CorruptModel', `${nameOf(path)} is not UTF-8 text`);
  }
}

/** A LoadError for a failed file operation that says what to do and tells no folder above the model's. */
export function unreadable(path: string, error: unknown): LoadError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const name = nameOf(path);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new LoadError('ModelUnreadable', `there is no file or folder ${name}`, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new LoadError(
        'ModelUnreadable',
        `${name} can not be read (${code}: permission denied); let the user that runs the server read it`,
        { cause: error },
      );
    case 'ELOOP':
      return new LoadError('ModelUnreadable', `${name} is a link that leads back to itself`, { cause: error });
    default:
      return new LoadError('ModelUnreadable', `${name} can not be read (${code})`, { cause: error });
  }
}

function nameOf(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '');
  return printable(parts.at(-1) ?? path);
}

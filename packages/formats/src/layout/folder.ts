import { constants, type Dirent } from 'node:fs';
import { open, opendir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { LoadError } from '@berth/inference';
import { printable } from './file-names.ts';

/** One entry of a folder. `outside` is a link that leads out of the root (to a folder: `outside-folder`), `broken` one that leads nowhere. */
export interface Entry {
  readonly name: string;
  /** Absolute, links resolved. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'outside' | 'outside-folder' | 'broken' | 'other';
  readonly sizeBytes: number;
}

/** A root folder that nothing under it may leave, and the number of entries that may still be read. */
export interface FolderTree {
  /** Absolute, links resolved. */
  readonly root: string;
  remaining: number;
  readonly maxEntries: number;
}

/** A tree at `root`. @throws LoadError ModelUnreadable where it is missing or can not be read. */
export async function openTree(root: string, maxEntries: number): Promise<FolderTree> {
  try {
    return { root: await realpath(root), remaining: maxEntries, maxEntries };
  } catch (error) {
    throw unreadable(root, error);
  }
}

/**
 * The entries of a folder, by name. Sockets, pipes and devices are `other`: nothing ever opens them.
 * @throws LoadError ModelUnreadable, or LimitExceeded past the tree's bound.
 */
export async function listFolder(tree: FolderTree, path: string): Promise<Entry[]> {
  const found: Dirent[] = [];
  try {
    for await (const entry of await opendir(path)) {
      tree.remaining -= 1;
      if (tree.remaining < 0) {
        throw new LoadError(
          'LimitExceeded',
          `the folder holds more than ${tree.maxEntries} entries; serve a folder that holds the model alone`,
        );
      }
      found.push(entry);
    }
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw unreadable(path, error);
  }
  found.sort((left, right) => (left.name < right.name ? -1 : 1));
  return Promise.all(found.map((entry) => describe(tree, path, entry)));
}

async function describe(tree: FolderTree, folder: string, entry: Dirent): Promise<Entry> {
  const name = entry.name;
  const path = join(folder, name);
  try {
    const target = entry.isSymbolicLink() ? await realpath(path) : path;
    const stats = await stat(target);
    if (!isWithin(tree.root, target)) {
      return { name, path, kind: stats.isDirectory() ? 'outside-folder' : 'outside', sizeBytes: 0 };
    }
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
    return { name, path: target, kind, sizeBytes: stats.size };
  } catch {
    return { name, path, kind: 'broken', sizeBytes: 0 };
  }
}

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

import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadError } from '@berth/inference';
import { isWithin, unreadable } from '../safe-files.ts';

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

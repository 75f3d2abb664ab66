import { chmodSync, chownSync, constants, copyFileSync, cpSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Copies a file into a folder, or a folder's content to it, for one user to read; shares the bytes where the file system
 * can. Returns the path of the copy.
 * @throws Error where the disk is full or the source can not be read
 */
export function copyForUser(source: string, folder: string, uid: number): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isFile = lstatSync(source).isFile();
  const target = isFile ? join(folder, basename(source)) : folder;
  if (isFile) copyFileSync(source, target, constants.COPYFILE_FICLONE);
  else cpSync(source, target, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true });
  own(folder, uid);
  return target;
}

function own(path: string, uid: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chownSync(path, uid, uid);
  chmodSync(path, stat.isDirectory() ? 0o500 : 0o400);
  if (stat.isDirectory()) for (const name of readdirSync(path)) own(join(path, name), uid);
}

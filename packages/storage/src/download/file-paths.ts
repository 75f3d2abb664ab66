import type { RemoteObject } from '../remote/remote-store.ts';
import { StorageError } from '../storage-error.ts';

const MAX_PATH_CHARACTERS = 1024;
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 64;

/**
 * Where each object of a listing goes below the model's folder. What could leave the folder, or be a file and a folder at
 * once, refuses the whole.
 * @throws StorageError InvalidStorageUri
 */
export function filePaths(objects: readonly RemoteObject[]): string[] {
  const files = new Set<string>();
  const folders = new Set<string>();
  const paths = objects.map((object) => {
    const path = safePath(object.path ?? object.key);
    if (files.has(path)) throw refused(path, 'it is there twice');
    files.add(path);
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) folders.add(path.slice(0, at));
    return path;
  });
  for (const path of paths) if (folders.has(path)) throw refused(path, 'it is a file and a folder at once');
  return paths;
}

/** A path as the store wrote it, held against the rules. @throws StorageError InvalidStorageUri */
export function safePath(path: string): string {
  if (path.length > MAX_PATH_CHARACTERS) throw refused(path, 'its name is too long');
  if (/\p{Cc}/u.test(path)) throw refused(path, 'its name has a control character');
  if (path.includes('\\')) throw refused(path, 'its name has a backslash');
  if (path.startsWith('/')) throw refused(path, 'its path is absolute');
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw refused(path, 'it is no plain path');
  if (parts.length > MAX_DEPTH) throw refused(path, `it lies more than ${MAX_DEPTH} folders deep`);
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) throw refused(path, 'its name is too long');
  return path;
}

function refused(path: string, why: string): StorageError {
  const shown = JSON.stringify(path.length > 120 ? `${path.slice(0, 117)}…` : path);
  return new StorageError('InvalidStorageUri', `the model is refused because of the file ${shown}: ${why}`);
}

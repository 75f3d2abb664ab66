import { StorageError } from '../storage-error.ts';
import type { ListedObject } from './cloud-client.ts';
import type { RemoteObject } from './remote-store.ts';

/** Hadoop's mark for a folder. */
const HADOOP_FOLDER = '_$folder$';

/**
 * Where the objects below a folder go: exactly as they lie there, whatever they are called. Marks of folders (keys that end
 * in a slash, empty objects with others below them) are left out; keys with doubled slashes are as with one.
 * @param folder ends in a slash, or is empty for the whole store
 * @throws StorageError InvalidStorageUri for keys that no folder can hold
 */
export function layOut(objects: readonly ListedObject[], folder: string): RemoteObject[] {
  const placed = new Map<string, RemoteObject>();
  const folders = new Set<string>();
  for (const object of objects) {
    if (object.key.endsWith('/') || object.isFolder === true || isHadoopMark(object)) continue;
    const path = pathBelow(object.key, folder);
    const other = placed.get(path);
    if (other !== undefined) throw refused(`both ${other.key} and ${object.key} would be the file ${path}`);
    placed.set(path, remoteObject(object, path));
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) folders.add(path.slice(0, at));
  }
  for (const path of folders) {
    const object = placed.get(path);
    if (object === undefined) continue;
    if (object.size > 0) throw refused(`${object.key} is a file and a folder at once`);
    placed.delete(path);
  }
  return [...placed.values()];
}

/** The one file that a URI names, under its own name. */
export function layOutOne(object: ListedObject): RemoteObject {
  return remoteObject(object, pathBelow(object.key, object.key.slice(0, object.key.lastIndexOf('/') + 1)));
}

function isHadoopMark(object: ListedObject): boolean {
  return object.size === 0 && object.key.endsWith(HADOOP_FOLDER);
}

function pathBelow(key: string, folder: string): string {
  const parts = key
    .slice(folder.length)
    .split('/')
    .filter((part) => part !== '');
  for (const part of parts) {
    if (part === '.' || part === '..' || /[\0\\]/.test(part) || Buffer.byteLength(part) > 255) {
      throw refused(`the key ${JSON.stringify(key.slice(0, 200))} can not be the path of a file`);
    }
  }
  if (parts.length === 0) throw refused(`the key ${JSON.stringify(key.slice(0, 200))} names no file`);
  return parts.join('/');
}

function remoteObject(object: ListedObject, path: string): RemoteObject {
  const { key, size, etag, md5, lastModified } = object;
  return {
    key,
    path,
    size,
    ...(etag === undefined ? {} : { etag }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

function refused(message: string): StorageError {
  return new StorageError('InvalidStorageUri', message);
}

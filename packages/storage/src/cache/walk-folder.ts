import { opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../storage-error.ts';

/** A file found in a folder. */
export interface FoundFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  /** Where its bytes are: links are followed. */
  readonly real: string;
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly inode: bigint;
}

/** How a folder is walked. */
export interface WalkOptions {
  readonly maxEntries: number;
  /** Throws where a link leads to a place that may not be read; without it links are refused. */
  readonly checkLink?: (real: string, path: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const MAX_DEPTH = 64;

/**
 * All files below a folder, in no order. What is neither file, folder nor allowed link refuses the whole; so do links that
 * lead in a circle.
 * @throws StorageError
 */
export async function walkFolder(folder: string, options: WalkOptions): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  let entries = 0;
  async function visit(real: string, path: string, above: readonly string[]): Promise<void> {
    options.signal?.throwIfAborted();
    if (above.length > MAX_DEPTH) throw invalid(`${path} lies more than ${MAX_DEPTH} folders deep`);
    for await (const entry of await opendir(real)) {
      if (++entries > options.maxEntries) {
        throw new StorageError('LimitExceeded', `the folder has more than ${options.maxEntries} files and folders`);
      }
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      let place = join(real, entry.name);
      let isFolder = entry.isDirectory();
      if (entry.isSymbolicLink()) {
        place = await follow(place, name, options);
        isFolder = (await stat(place)).isDirectory();
        if (isFolder && (above.includes(place) || place === real))
          throw invalid(`${name} is a link to a folder above it`);
      }
      if (isFolder) await visit(place, name, [...above, real]);
      else found.push(await fileFacts(place, name));
    }
  }
  await visit(await realpath(folder), '', []);
  return found;
}

async function follow(place: string, name: string, options: WalkOptions): Promise<string> {
  if (options.checkLink === undefined) throw invalid(`${name} is a link`);
  const real = await realpath(place).catch(() => undefined);
  if (real === undefined) throw invalid(`${name} is a link that leads nowhere`);
  options.checkLink(real, name);
  return real;
}

/** What one file is at this moment. @throws StorageError where it is no plain file */
export async function fileFacts(real: string, path: string): Promise<FoundFile> {
  const facts = await stat(real, { bigint: true });
  if (!facts.isFile()) throw invalid(`${path} is neither a file nor a folder`);
  return {
    path,
    real,
    size: Number(facts.size),
    modifiedNs: facts.mtimeNs,
    changedNs: facts.ctimeNs,
    inode: facts.ino,
  };
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidStorageUri', message);
}

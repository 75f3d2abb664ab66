import { StorageError } from '../storage-error.ts';

const MAX_PATH_CHARACTERS = 1024;
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 32;

/** An entry as an archive declares it. */
export interface ArchiveEntry {
  readonly path: string;
  /** Anything but a file or a folder is refused: links, devices, pipes, sparse files. */
  readonly type: 'file' | 'folder' | (string & {});
  readonly sizeBytes: number;
  /** Permission bits, where the archive has them. */
  readonly mode: number;
}

/**
 * Judges the entries of one archive, one after another. The first that could leave the folder, hide another or pass a
 * bound refuses the whole archive; nothing is repaired. Sizes count as declared here and as unpacked by the caller.
 */
export class EntryRules {
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  /** Folded path → whether it is a file. */
  readonly #seen = new Map<string, boolean>();
  #bytes = 0;
  #entries = 0;

  constructor(limits: { readonly maxBytes: number; readonly maxEntries: number }) {
    this.#maxBytes = limits.maxBytes;
    this.#maxEntries = limits.maxEntries;
  }

  /**
   * The entry's path, split, safe to join to a folder; empty for the archive's own `./`.
   * @throws StorageError ArchiveRefused or LimitExceeded
   */
  admit(entry: ArchiveEntry): string[] {
    if (++this.#entries > this.#maxEntries) {
      throw new StorageError('LimitExceeded', `the archive has more than ${this.#maxEntries} entries`);
    }
    const parts = safeParts(entry.path);
    if (entry.type !== 'file' && entry.type !== 'folder') {
      throw refused(entry.path, `it is a ${entry.type}; only files and folders are taken`);
    }
    if (entry.type === 'file' && (entry.mode & 0o7000) !== 0)
      throw refused(entry.path, 'it has a setuid, setgid or sticky bit');
    if (parts.length === 0) {
      if (entry.type === 'file') throw refused(entry.path, 'it is a file without a name');
      return parts;
    }
    this.#remember(parts, entry);
    this.countBytes(entry.sizeBytes);
    return parts;
  }

  /**
   * Adds bytes that an entry declares or turns out to have.
   * @throws StorageError LimitExceeded
   */
  countBytes(bytes: number): void {
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new StorageError('CorruptArchive', 'the archive has an entry of impossible size');
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw new StorageError(
        'LimitExceeded',
        `the archive unpacks to more than ${this.#maxBytes} bytes, which is the limit for a model`,
      );
    }
  }

  #remember(parts: readonly string[], entry: ArchiveEntry): void {
    const folded = (count: number) => parts.slice(0, count).join('/').normalize('NFC').toLowerCase();
    for (let count = 1; count < parts.length; count++) {
      if (this.#seen.get(folded(count)) === true)
        throw refused(entry.path, 'one of its folders is a file in the same archive');
      this.#seen.set(folded(count), false);
    }
    const own = folded(parts.length);
    const before = this.#seen.get(own);
    const isFile = entry.type === 'file';
    if (before !== undefined && (before || isFile)) {
      throw refused(entry.path, 'the archive has this name twice (letter case does not count)');
    }
    this.#seen.set(own, isFile);
  }
}

function safeParts(path: string): string[] {
  if (path.length > MAX_PATH_CHARACTERS) throw refused(path, 'its name is too long');
  if (/\p{Cc}/u.test(path)) throw refused(path, 'its name has a control character');
  if (path.includes('\\')) throw refused(path, 'its name has a backslash');
  if (path.startsWith('/')) throw refused(path, 'its path is absolute');
  if (/^[A-Za-z]:/.test(path)) throw refused(path, 'its path has a drive letter');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refused(path, 'its path leads out of the folder (..)');
  if (parts.length > MAX_DEPTH) throw refused(path, `it lies more than ${MAX_DEPTH} folders deep`);
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) throw refused(path, 'its name is too long');
  return parts;
}

/** The error for an archive with such an entry. */
export function refused(path: string, why: string): StorageError {
  const shown = JSON.stringify(path.length > 120 ? `${path.slice(0, 117)}…` : path);
  return new StorageError('ArchiveRefused', `the archive is refused because of the entry ${shown}: ${why}`);
}

import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../storage-error.ts';
import { type HashOptions, hashFiles } from './hash-files.ts';
import { withLock } from './lock.ts';
import { treeBytes, treeDigest } from './tree-digest.ts';
import { isDigest, type TreeRecord, TreeRecords } from './tree-record.ts';
import { isFitForUse, quarantine } from './verify-tree.ts';
import { walkFolder } from './walk-folder.ts';

/** What the cache knows of a URI it once fetched. */
export interface CacheReference {
  /** Digest of the tree. */
  readonly digest: string;
  /** Digest of the one file that was downloaded, before any unpacking. */
  readonly sha256?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  /** What else tells whether the source is as it was, e.g. a digest of its listing. */
  readonly version?: string;
}

/** A tree that is whole. */
export interface StoredTree {
  readonly digest: string;
  /** The folder, or the one file that the URI named. */
  readonly path: string;
  readonly bytes: number;
}

/** What is said of a new tree. */
export interface TreeFacts extends HashOptions {
  /** For people: the URI without anything secret. */
  readonly source: string;
  readonly fileName?: string | undefined;
}

const MAX_ENTRIES = 1_000_000;
/** Larger files are on the disk for certain before their tree is published; smaller ones are read again on every use. */
const SYNCED_BYTES = 1024 * 1024;

/**
 * A folder of models by content: `trees/<digest>` is complete or not there at all, since it is made elsewhere and renamed
 * into place; `records/<digest>.json` tells its files; `references/<digest of the URI>.json` which tree a URI had last.
 */
export class ModelCache {
  readonly folder: string;
  readonly records: TreeRecords;

  constructor(folder: string) {
    this.folder = folder;
    this.records = new TreeRecords(folder);
  }

  /** Where the lock of a URI stands. */
  lockPath(uri: string): string {
    return join(this.folder, 'locks', `${digestOf(uri)}.lock`);
  }

  /** Where the unfinished download of a URI is kept for resuming. */
  partialFolder(uri: string): string {
    return join(this.folder, 'partial', digestOf(uri));
  }

  /** Where the lock of a tree stands: whoever puts it into its place or takes it away holds it. */
  treeLockPath(digest: string): string {
    return join(this.folder, 'locks', `${digest}.tree.lock`);
  }

  treeFolder(digest: string): string {
    return join(this.folder, 'trees', digest);
  }

  /** The folder of a tree's files; for what is used in place the file or folder itself. */
  rootOf(record: TreeRecord): string {
    return record.inPlace ?? this.treeFolder(record.digest);
  }

  /** What whoever serves the tree is given: the folder, or the single file. */
  pathOf(record: TreeRecord): string {
    if (record.inPlace !== undefined) return record.inPlace;
    const folder = this.treeFolder(record.digest);
    return record.fileName === undefined ? folder : join(folder, record.fileName);
  }

  /** What a URI had last, if its tree is still there. */
  async lookUp(uri: string): Promise<CacheReference | undefined> {
    try {
      const reference = JSON.parse(await readFile(this.#referencePath(uri), 'utf8')) as CacheReference;
      if (!isDigest(reference.digest)) return undefined;
      const record = await this.records.read(reference.digest);
      if (record === undefined) return undefined;
      await stat(this.rootOf(record));
      return reference;
    } catch {
      return undefined;
    }
  }

  /** A tree for use: checked, and noted as used now. Undefined where it is not there or was damaged. */
  async use(digest: string): Promise<StoredTree | undefined> {
    const record = await this.records.read(digest);
    if (record === undefined) return undefined;
    if (!(await isFitForUse(this, record))) {
      return await this.#locked(digest, async () => {
        const again = await this.#useLocked(digest);
        return again === undefined ? undefined : this.#stored(again);
      });
    }
    await this.records.touch(digest);
    return this.#stored(record);
  }

  /** An empty folder to fill and `publish`; whoever asked removes it in the end. */
  async draft(): Promise<string> {
    const draft = join(this.folder, 'drafts', randomUUID());
    await mkdir(draft, { recursive: true });
    return draft;
  }

  /** Fills a new folder with `fill` and puts it into place as a whole; what fails leaves nothing behind. */
  async add(facts: TreeFacts, fill: (folder: string) => Promise<void>): Promise<StoredTree> {
    const draft = await this.draft();
    try {
      await fill(draft);
      return await this.publish(draft, facts);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /**
   * Puts a filled draft into its place. Another tree with the same content is as good.
   * @throws StorageError NotFound where it holds no file
   */
  async publish(draft: string, facts: TreeFacts): Promise<StoredTree> {
    const folders = new Set([draft]);
    for (const file of await walkFolder(draft, { maxEntries: MAX_ENTRIES })) {
      await settle(file.real, file.size);
      for (let at = dirname(file.real); !folders.has(at); at = dirname(at)) folders.add(at);
    }
    for (const folder of folders) await chmod(folder, 0o755);
    const files = await hashFiles(await walkFolder(draft, { maxEntries: MAX_ENTRIES }), facts);
    if (files.length === 0) throw new StorageError('NotFound', `${facts.source} holds no file`);
    const digest = treeDigest(files);
    const { source, fileName } = facts;
    const record: TreeRecord = {
      digest,
      bytes: treeBytes(files),
      files,
      source,
      ...(fileName === undefined ? {} : { fileName }),
    };
    await this.#locked(digest, () => this.#place(draft, record));
    const folder = (await this.records.read(digest)) ?? record;
    const path = fileName === undefined ? this.rootOf(folder) : this.pathOf({ ...folder, fileName });
    return { digest, path, bytes: record.bytes };
  }

  /** Notes a file or folder that is used where it lies. */
  async addInPlace(record: TreeRecord & { readonly inPlace: string }): Promise<StoredTree> {
    await this.#locked(record.digest, async () => {
      if ((await this.#useLocked(record.digest)) === undefined) await this.records.write(record);
    });
    const known = (await this.records.read(record.digest)) ?? record;
    return this.#stored(known);
  }

  async #place(draft: string, record: TreeRecord): Promise<void> {
    const known = await this.#useLocked(record.digest);
    if (known !== undefined && known.inPlace === undefined) {
      // The same bytes, asked for as a folder this time: whoever is given the folder finds the file.
      if (record.fileName === undefined && known.fileName !== undefined) {
        const { fileName: _, ...asFolder } = known;
        await this.records.write(asFolder);
      }
      return;
    }
    await mkdir(join(this.folder, 'trees'), { recursive: true });
    const place = this.treeFolder(record.digest);
    // Without a record nobody was given this folder: it is what a crash left.
    await rm(place, { recursive: true, force: true });
    await rename(draft, place);
    await this.records.write(record);
  }

  async #useLocked(digest: string): Promise<TreeRecord | undefined> {
    const record = await this.records.read(digest);
    if (record === undefined) return undefined;
    if (await isFitForUse(this, record)) {
      await this.records.touch(digest);
      return record;
    }
    await quarantine(this, record);
    return undefined;
  }

  #locked<T>(digest: string, work: () => Promise<T>): Promise<T> {
    return withLock(this.treeLockPath(digest), work);
  }

  #stored(record: TreeRecord): StoredTree {
    return { digest: record.digest, path: this.pathOf(record), bytes: record.bytes };
  }

  /** Remembers which tree a URI has. The URI itself, which may hold a signature, is not written. */
  async remember(uri: string, reference: CacheReference): Promise<void> {
    const path = this.#referencePath(uri);
    await mkdir(join(this.folder, 'references'), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(reference));
    await rename(draft, path);
  }

  #referencePath(uri: string): string {
    return join(this.folder, 'references', `${digestOf(uri)}.json`);
  }
}

/** Makes a file readable for whoever serves it, writable for nobody, and its bytes safe on the disk. */
async function settle(file: string, size: number): Promise<void> {
  await chmod(file, 0o444);
  if (size < SYNCED_BYTES) return;
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

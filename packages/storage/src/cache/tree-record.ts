import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeFile } from './tree-digest.ts';

/** A file as the cache last saw it; the times tell cheaply whether somebody touched it since. */
export interface RecordedFile extends TreeFile {
  readonly modifiedNs: string;
  readonly changedNs: string;
}

/** What the cache knows of a tree. */
export interface TreeRecord {
  readonly digest: string;
  readonly bytes: number;
  readonly files: readonly RecordedFile[];
  /** Where it came from, without anything secret; for people. */
  readonly source: string;
  /** The one file that the URI named, where it named a file. */
  readonly fileName?: string;
  /** For what is too large to copy: where it lies outside the cache. */
  readonly inPlace?: string;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Whether a text is a digest in lower-case hex, and so safe as a file's name. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The records of the trees of one cache. The time of a record's file is when its tree was last used. */
export class TreeRecords {
  readonly folder: string;

  constructor(cacheFolder: string) {
    this.folder = join(cacheFolder, 'records');
  }

  path(digest: string): string {
    if (!isDigest(digest)) throw new TypeError(`${digest} is no digest`);
    return join(this.folder, `${digest}.json`);
  }

  /** The record of a tree; undefined where there is none that can be read. */
  async read(digest: string): Promise<TreeRecord | undefined> {
    if (!isDigest(digest)) return undefined;
    try {
      return checkedRecord(await readFile(this.path(digest), 'utf8'), digest);
    } catch {
      return undefined;
    }
  }

  async write(record: TreeRecord): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const draft = `${this.path(record.digest)}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(record));
    await rename(draft, this.path(record.digest));
  }

  /** Notes that a tree is used now. */
  async touch(digest: string): Promise<void> {
    const now = new Date();
    await utimes(this.path(digest), now, now).catch(() => undefined);
  }

  async remove(digest: string): Promise<void> {
    await rm(this.path(digest), { force: true });
  }
}

/** A record from its text; throws where it is damaged, so that the tree counts as unknown. */
export function checkedRecord(text: string, digest: string): TreeRecord {
  const record = JSON.parse(text) as TreeRecord;
  const isWhole =
    record.digest === digest &&
    Array.isArray(record.files) &&
    record.files.length > 0 &&
    record.files.every((file) => typeof file.path === 'string' && isDigest(file.sha256) && isInside(file.path)) &&
    (record.fileName === undefined || isInside(record.fileName));
  if (!isWhole) throw new TypeError(`the record of ${digest} is damaged`);
  return record;
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}

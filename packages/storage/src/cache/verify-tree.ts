import { statSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelCache } from './cache.ts';
import { hashFiles } from './hash-files.ts';
import { treeDigest } from './tree-digest.ts';
import type { TreeRecord } from './tree-record.ts';
import { type FoundFile, fileFacts, walkFolder } from './walk-folder.ts';

/** Trees up to this size are read as a whole whenever they are put to use: it takes a fraction of a second. */
const ALWAYS_READ_BYTES = 64 * 1024 * 1024;

/** What a check of a tree found. */
export type TreeCheck =
  | { readonly isWhole: true }
  /** Files that are missing, changed or too many; at most ten. */
  | { readonly isWhole: false; readonly damaged: readonly string[] };

/** Whether sizes and times are those that were recorded; reads no content and waits for nothing. */
export function looksUntouched(cache: ModelCache, record: TreeRecord): boolean {
  const root = cache.rootOf(record);
  try {
    return record.files.every((file) => {
      const facts = statSync(placeOf(root, record, file.path), { bigint: true });
      return (
        facts.isFile() &&
        Number(facts.size) === file.size &&
        String(facts.mtimeNs) === file.modifiedNs &&
        String(facts.ctimeNs) === file.changedNs
      );
    });
  } catch {
    return false;
  }
}

/** Reads every byte of a tree and compares with what was recorded; new times of right bytes are recorded. */
export async function checkTree(
  cache: ModelCache,
  record: TreeRecord,
  options: { readonly onBytes?: (count: number) => void; readonly signal?: AbortSignal } = {},
): Promise<TreeCheck> {
  const root = cache.rootOf(record);
  let found: FoundFile[];
  try {
    found = await filesOf(root, record);
  } catch {
    return { isWhole: false, damaged: record.files.slice(0, 10).map((file) => file.path) };
  }
  const files = await hashFiles(found, options);
  const digests = new Map(files.map((file) => [file.path, file.sha256]));
  const wanted = new Set(record.files.map((file) => file.path));
  const damaged = record.files.filter((file) => digests.get(file.path) !== file.sha256).map((file) => file.path);
  damaged.push(...files.filter((file) => !wanted.has(file.path)).map((file) => file.path));
  if (damaged.length === 0 && treeDigest(record.files) !== record.digest) damaged.push('the record');
  if (damaged.length > 0) return { isWhole: false, damaged: damaged.slice(0, 10) };
  if (!looksUntouched(cache, record)) await cache.records.write({ ...record, files });
  return { isWhole: true };
}

/** The check before a tree is put to use: cheap where nobody touched it and it is large, all bytes otherwise. */
export async function isFitForUse(cache: ModelCache, record: TreeRecord): Promise<boolean> {
  if (record.bytes > ALWAYS_READ_BYTES && looksUntouched(cache, record)) return true;
  return (await checkTree(cache, record)).isWhole;
}

/** Takes a damaged tree out of use, keeping its bytes for whoever wants to know what happened. */
export async function quarantine(cache: ModelCache, record: TreeRecord): Promise<void> {
  await cache.records.remove(record.digest);
  if (record.inPlace !== undefined) return;
  const folder = join(cache.folder, 'quarantine');
  await mkdir(folder, { recursive: true });
  const place = join(folder, record.digest);
  // One is enough to look at.
  await rm(place, { recursive: true, force: true });
  await rename(cache.treeFolder(record.digest), place).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
  });
}

async function filesOf(root: string, record: TreeRecord): Promise<FoundFile[]> {
  if (record.inPlace === undefined) return walkFolder(root, { maxEntries: 1_000_000 });
  const found = await stat(root);
  const options = { maxEntries: 1_000_000, checkLink: () => undefined };
  if (found.isDirectory()) return walkFolder(root, options);
  return [await fileFacts(root, record.fileName ?? '')];
}

function placeOf(root: string, record: TreeRecord, path: string): string {
  return record.inPlace !== undefined && record.fileName !== undefined ? root : join(root, path);
}

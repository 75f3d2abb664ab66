import { createHash } from 'node:crypto';

/** One file of a model's tree. */
export interface TreeFile {
  /** Below the tree, with forward slashes. */
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * The digest of a tree: SHA-256 over its files' names, sizes and digests, sorted by name, in lower-case hex. Folders,
 * modes and times do not count.
 */
export function treeDigest(files: readonly TreeFile[]): string {
  const hash = createHash('sha256');
  // By code units: the same everywhere, whatever the language of the machine.
  const sorted = [...files].sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
  for (const { path, size, sha256 } of sorted) hash.update(`${JSON.stringify(path)} ${size} ${sha256}\n`);
  return hash.digest('hex');
}

/** Bytes of all files. */
export function treeBytes(files: readonly TreeFile[]): number {
  let bytes = 0;
  for (const { size } of files) bytes += size;
  return bytes;
}

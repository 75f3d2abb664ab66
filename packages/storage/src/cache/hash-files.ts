import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { RecordedFile } from './tree-record.ts';
import { type FoundFile, fileFacts } from './walk-folder.ts';

/** How many files are read at a time. */
const PARALLEL = 4;
const CHUNK_BYTES = 1024 * 1024;

/** Who wants to know how far hashing is, or to end it. */
export interface HashOptions {
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Digests known already, by path: not computed again. */
  readonly known?: ReadonlyMap<string, string>;
}

/** SHA-256 of a file's bytes, in lower-case hex. */
export async function fileDigest(file: string, options: Omit<HashOptions, 'known'> = {}): Promise<string> {
  const hash = createHash('sha256');
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  if (options.onBytes !== undefined) source.on('data', (chunk) => options.onBytes?.(chunk.length));
  await pipeline(source, hash, ...(options.signal === undefined ? [] : [{ signal: options.signal }]));
  return hash.digest('hex');
}

/** The digests of many files, in their order, with the times that they had when they were read. */
export async function hashFiles(files: readonly FoundFile[], options: HashOptions = {}): Promise<RecordedFile[]> {
  const hashed = new Array<RecordedFile>(files.length);
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < files.length; index = next++) {
      const file = files[index] as FoundFile;
      const sha256 = options.known?.get(file.path) ?? (await fileDigest(file.real, options));
      hashed[index] = recorded(file, sha256);
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, files.length) }, work));
  return hashed;
}

/** Whether a file is still as it was found: nobody wrote to it while it was read. */
export async function isUnchanged(file: FoundFile): Promise<boolean> {
  const now = await fileFacts(file.real, file.path).catch(() => undefined);
  return (
    now !== undefined &&
    now.size === file.size &&
    now.modifiedNs === file.modifiedNs &&
    now.changedNs === file.changedNs &&
    now.inode === file.inode
  );
}

function recorded(file: FoundFile, sha256: string): RecordedFile {
  return {
    path: file.path,
    size: file.size,
    sha256,
    modifiedNs: String(file.modifiedNs),
    changedNs: String(file.changedNs),
  };
}

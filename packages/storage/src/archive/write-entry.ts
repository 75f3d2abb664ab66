import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { StorageError } from '../storage-error.ts';

/** Makes a folder of an archive. */
export async function writeFolder(root: string, parts: readonly string[]): Promise<void> {
  await mkdir(join(root, ...parts), { recursive: true, mode: 0o755 });
}

/**
 * Writes one file of an archive below `root`, which only we write to and which holds no link, and returns its checksum.
 * It must have exactly the declared size; a file that is already there is never written over.
 * @throws StorageError CorruptArchive
 */
export async function writeFile(
  root: string,
  parts: readonly string[],
  content: Readable,
  sizeBytes: number,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<number> {
  const path = join(root, ...parts);
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  let written = 0;
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      written += chunk.length;
      if (written > sizeBytes) return next(wrongSize(parts));
      checksum = crc32(chunk, checksum);
      onBytes(chunk.length);
      next(null, chunk);
    },
  });
  await pipeline(content, check, createWriteStream(path, { flags: 'wx', mode: 0o644 }), {
    ...(signal === undefined ? {} : { signal }),
  });
  if (written !== sizeBytes) throw wrongSize(parts);
  return checksum;
}

function wrongSize(parts: readonly string[]): StorageError {
  return new StorageError(
    'CorruptArchive',
    `the archive is damaged: "${parts.join('/')}" has not the size it declares`,
  );
}

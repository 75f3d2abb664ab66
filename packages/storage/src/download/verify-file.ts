import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { RemoteObject } from '../remote/remote-store.ts';
import { StorageError } from '../storage-error.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * The SHA-256 of a finished file, after holding it against every digest that its store told.
 * @throws StorageError DigestMismatch
 */
export async function verifyFile(
  file: string,
  object: RemoteObject,
  signal: AbortSignal,
  onBytes: (count: number) => void = () => undefined,
): Promise<string> {
  const sha256 = createHash('sha256');
  const hashes: [Hash, string | undefined, string][] = [[sha256, object.sha256, 'sha256']];
  if (object.md5 !== undefined) hashes.push([createHash('md5'), object.md5, 'md5']);
  if (object.gitSha1 !== undefined) {
    hashes.push([createHash('sha1').update(`blob ${object.size}\0`), object.gitSha1, 'git digest']);
  }
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES, signal })) {
    for (const [hash] of hashes) hash.update(chunk as Buffer);
    onBytes((chunk as Buffer).length);
  }
  const found = sha256.digest('hex');
  for (const [hash, wanted, name] of hashes) {
    if (wanted === undefined) continue;
    const seen = hash === sha256 ? found : hash.digest('hex');
    if (seen === wanted.toLowerCase()) continue;
    throw new StorageError(
      'DigestMismatch',
      `${object.key} came with the ${name} ${seen}, not ${wanted} as its store says`,
    );
  }
  return found;
}

import { open } from 'node:fs/promises';
import { LoadError } from '@berth/inference';
import { refuseTooLarge } from '../safe-files.ts';

const DEFAULT_MAX_BYTES = 10 * 1024 ** 3;

/**
 * The bytes of one regular file, refused before anything is read where it is larger than `maxBytes`.
 * @throws LoadError ModelUnreadable or LimitExceeded.
 */
export async function readBytes(path: string, maxBytes = DEFAULT_MAX_BYTES): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new LoadError('ModelUnreadable', 'the model path is no regular file');
    refuseTooLarge(stat.size, maxBytes);
    return await file.readFile();
  } catch (error) {
    if (error instanceof LoadError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new LoadError('ModelUnreadable', `the model file can not be read: ${code}`, { cause: error });
  }
}

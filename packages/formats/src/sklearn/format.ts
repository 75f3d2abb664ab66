import { type FileHandle, open } from 'node:fs/promises';
import { LoadError } from '@berth/inference';
import type { ModelFormat } from '../format.ts';
import { DEFAULT_MAX_BYTES, looksLikePickle } from '../joblib/read.ts';
import { refuseTooLarge } from '../safe-files.ts';
import { loadEstimatorFile } from './load.ts';
import { SklearnModel } from './model.ts';

/** The newest scikit-learn whose files the golden cases cover. */
export const NEWEST_KNOWN: readonly number[] = [1, 9];

/** Pickle and joblib files of scikit-learn, and of XGBoost's and LightGBM's scikit-learn classes. */
export const sklearnFormat: ModelFormat = {
  name: 'sklearn',
  sniff: (head) => looksLikePickle(head),
  load: async (path, options) => {
    const loaded = await loadEstimatorFile(await readModelFile(path, options.maxBytes ?? DEFAULT_MAX_BYTES), options);
    const { onWarning } = options;
    if (onWarning !== undefined) {
      for (const warning of loaded.warnings) onWarning(warning);
      if (isNewer(loaded.libraryVersion)) {
        onWarning(
          `saved by scikit-learn ${loaded.libraryVersion}, newer than ${NEWEST_KNOWN.join('.')}, the newest that is tested`,
        );
      }
    }
    return new SklearnModel(loaded, options);
  },
};

function isNewer(version: string | undefined): boolean {
  const [major, minor] = (version ?? '').split('.').map(Number);
  return major > NEWEST_KNOWN[0] || (major === NEWEST_KNOWN[0] && minor > NEWEST_KNOWN[1]);
}

/** Node reads at most 2 GiB at once. */
const READ_AT_ONCE = 1 << 30;

async function readAll(file: FileHandle, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, Math.min(READ_AT_ONCE, size - length), length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

async function readModelFile(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw new LoadError(
      'ModelUnreadable',
      `the model file can not be opened (${(error as NodeJS.ErrnoException).code})`,
      {
        cause: error,
      },
    );
  }
  try {
    const { size } = await file.stat();
    refuseTooLarge(size, maxBytes);
    return await readAll(file, size);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(
      'ModelUnreadable',
      `the model file can not be read (${(error as NodeJS.ErrnoException).code})`,
      {
        cause: error,
      },
    );
  } finally {
    await file.close();
  }
}

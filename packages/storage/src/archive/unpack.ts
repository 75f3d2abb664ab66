import { statfs } from 'node:fs/promises';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import type { ArchiveKind } from './archive-kind.ts';

/** Bounds of an archive, and who wants to know how far it is. */
export interface UnpackOptions {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly onBytes: (count: number) => void;
  /** Ends the work half-way, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Of the free disk, what a model may take. */
const DISK_SHARE = 0.9;

/**
 * Unpacks an archive into an empty folder that belongs to us. Anything but plain files and folders inside it refuses the
 * whole archive; what was unpacked until then is for the caller to remove.
 * @throws StorageError
 */
export async function unpack(file: string, kind: ArchiveKind, folder: string, options: UnpackOptions): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize * DISK_SHARE;
  const bounded = { ...options, maxBytes: Math.min(options.maxBytes, free) };
  try {
    if (kind === 'zip') {
      const { unpackZip } = await import('./unpack-zip.ts');
      await unpackZip(file, folder, bounded);
    } else {
      const { unpackTar } = await import('./unpack-tar.ts');
      await unpackTar(file, folder, kind === 'tgz', bounded);
    }
  } catch (thrown) {
    options.signal?.throwIfAborted();
    const isDisk = thrown instanceof StorageError && thrown.reason === 'LimitExceeded' && free < options.maxBytes;
    if (isDisk)
      throw new StorageError('NoSpace', 'the disk has not enough room to unpack the archive', { cause: thrown });
    throw fromFileSystemError(thrown, 'unpacking the archive');
  }
}

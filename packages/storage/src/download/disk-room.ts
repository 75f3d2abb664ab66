import { statfs } from 'node:fs/promises';
import { StorageError } from '../storage-error.ts';

/** Of the free disk, what a model may take. */
const DISK_SHARE = 0.9;

/**
 * Says no before anything is written that could not be finished.
 * @throws StorageError NoSpace, with what is needed and what is free
 */
export async function checkRoom(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeBytes(folder);
  if (bytes <= free * DISK_SHARE) return;
  throw noRoom(what, bytes, free);
}

/** Bytes that may be written before a disk is as good as full, for what does not say how much it is. */
export async function roomFor(folder: string): Promise<number> {
  return Math.floor((await freeBytes(folder)) * DISK_SHARE);
}

/** Bytes that a disk has for others than root. */
export async function freeBytes(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}

/** The error for a disk without room; it may pass, since people free some. */
export function noRoom(what: string, needed: number, free: number): StorageError {
  return new StorageError(
    'NoSpace',
    `${what} needs ${needed} bytes and the disk of the cache has ${free} bytes free; free some, or move the cache`,
  );
}

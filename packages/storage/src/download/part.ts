import type { RemoteObject } from '../remote/remote-store.ts';

/** A stretch of one file that one connection brings. */
export interface Part {
  readonly start: number;
  /** Not included. */
  readonly end: number;
  /** Bytes from `start` on that are on the disk. */
  have: number;
}

/** One file of a download, under way. */
export interface PartedFile {
  readonly object: RemoteObject;
  /** Its place below the model's folder: checked. */
  readonly path: string;
  /** Where its bytes are collected. */
  readonly file: string;
  readonly parts: Part[];
}

/** A file in parts of about that size; an empty file has one empty part. */
export function partsOf(size: number, partBytes: number): Part[] {
  const count = Math.max(1, Math.ceil(size / partBytes));
  return Array.from({ length: count }, (_, index) => ({
    start: index * partBytes,
    end: Math.min(size, (index + 1) * partBytes),
    have: 0,
  }));
}

/** Bytes of a file that are on the disk. */
export function bytesHad(parts: readonly Part[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.have;
  return bytes;
}

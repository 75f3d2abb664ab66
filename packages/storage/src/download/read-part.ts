import type { FileHandle } from 'node:fs/promises';
import { withinTime } from '../remote/exact-bytes.ts';
import type { RemoteObject, RemoteStore } from '../remote/remote-store.ts';
import { StorageError } from '../storage-error.ts';
import type { Part } from './part.ts';

/** Where the bytes of a part come from and go to. */
export interface PartTransfer {
  readonly store: RemoteStore;
  readonly object: RemoteObject;
  readonly part: Part;
  readonly handle: FileHandle;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Bytes that have been written just now. */
  readonly onBytes: (count: number) => void;
}

/**
 * Brings what a part still lacks, in one try. `part.have` grows with each byte that is written, so that the next try goes
 * on from there.
 * @throws StorageError
 */
export async function readPart(transfer: PartTransfer): Promise<void> {
  const { store, object, part, handle } = transfer;
  const start = part.start + part.have;
  if (start >= part.end) return;
  const isWhole = start === 0 && part.end === object.size;
  // Its own, so that a connection that has stalled is dropped, not only left.
  const own = new AbortController();
  const signal = AbortSignal.any([transfer.signal, own.signal]);
  let iterator: AsyncIterator<Uint8Array> | undefined;
  try {
    const source = await store.read(object, isWhole ? undefined : { start, end: part.end }, signal);
    iterator = source[Symbol.asyncIterator]();
    for (;;) {
      const step = await withinTime(iterator.next(), transfer.stallTimeoutMs, store.name);
      if (step.done === true) break;
      const position = part.start + part.have;
      if (position + step.value.length > part.end) throw wrongLength(store, object, 'more');
      await writeAll(handle, step.value, position);
      part.have += step.value.length;
      transfer.onBytes(step.value.length);
    }
  } finally {
    own.abort();
    iterator?.return?.()?.catch(() => undefined);
  }
  if (part.start + part.have < part.end) throw wrongLength(store, object, 'fewer');
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function wrongLength(store: RemoteStore, object: RemoteObject, what: 'more' | 'fewer'): StorageError {
  const message = `${store.name} sent ${what} bytes of ${object.key} than were asked for`;
  return new StorageError('DownloadFailed', message, { isTransient: true });
}

import type { ByteRange, RemoteObject, RemoteStore } from '../src/remote/remote-store.ts';
import { StorageError } from '../src/storage-error.ts';

/** What a test's store does instead of answering a read; the count is of reads before this one. */
export type Fault = (
  read: { readonly key: string; readonly start: number; readonly end: number },
  before: number,
) => AsyncIterable<Uint8Array> | undefined;

/** A remote store in memory, with what was asked of it. */
export interface MemoryStore extends RemoteStore {
  readonly reads: { readonly key: string; readonly start: number; readonly end: number }[];
  readonly files: Map<string, Buffer>;
  listings: number;
  fault: Fault;
  isDown: boolean;
}

/** One with these files; an object's etag follows its content. */
export function memoryStore(
  files: Readonly<Record<string, Buffer>>,
  describe: (object: RemoteObject) => RemoteObject = (object) => object,
): MemoryStore {
  const store: MemoryStore = {
    name: 'memory://store',
    reads: [],
    files: new Map(Object.entries(files)),
    listings: 0,
    fault: () => undefined,
    isDown: false,
    async *list(prefix) {
      store.listings++;
      if (store.isDown)
        throw new StorageError('DownloadFailed', 'memory://store: nothing listens there', { isTransient: true });
      for (const [key, content] of store.files) {
        if (!key.startsWith(prefix)) continue;
        const path = key === prefix ? key.slice(key.lastIndexOf('/') + 1) : key.slice(prefix.length).replace(/^\//, '');
        yield describe({ key, path, size: content.length, etag: etagOf(content) });
      }
    },
    async read(object, range?: ByteRange, signal?: AbortSignal) {
      const content = store.files.get(object.key) as Buffer;
      const read = { key: object.key, start: range?.start ?? 0, end: range?.end ?? content.length };
      store.reads.push(read);
      signal?.throwIfAborted();
      if (etagOf(content) !== object.etag)
        throw new StorageError('ObjectChanged', 'memory://store: the object has changed');
      return store.fault(read, store.reads.length - 1) ?? chunks(content.subarray(read.start, read.end));
    },
  };
  return store;
}

/** Some bytes, and then the connection breaks. */
export async function* cut(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** Bytes as a connection brings them. */
export async function* chunks(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function etagOf(content: Buffer): string {
  let sum = content.length;
  for (const byte of content) sum = (sum * 31 + byte) % 1_000_000_007;
  return `"${sum}"`;
}

import { StorageError } from '../storage-error.ts';
import type { CloudClient, CloudFailure, ListedObject } from './cloud-client.ts';
import { exactBytes, withinTime } from './exact-bytes.ts';
import { explain, type Meaning } from './explain.ts';
import { layOut, layOutOne } from './layout.ts';
import { near } from './near.ts';
import type { ByteRange, RemoteObject, RemoteStore } from './remote-store.ts';
import { retrying } from './retrying.ts';

/** What differs between clouds. */
export interface CloudStoreOptions {
  /** For messages, e.g. `s3://models`. */
  readonly name: string;
  /** The server, where it is not the cloud's own: `127.0.0.1:9000`. */
  readonly at?: string | undefined;
  readonly client: CloudClient;
  readonly meanings: (failure: CloudFailure) => Meaning | undefined;
  /** Which one a path means that is an object and has others below it (KServe: S3's object, Google's folder). */
  readonly prefers: 'object' | 'folder';
  /** Objects that one model may have; default 100,000. */
  readonly maxObjects?: number;
  readonly stallTimeoutMs?: number;
  /** Of retries; tests make it short. */
  readonly pauseMs?: number;
}

const PAGE = 1000;

/** A RemoteStore over a cloud's own client: whole listings, layouts, retries, and errors in words. */
export function createCloudStore(options: CloudStoreOptions): RemoteStore {
  const { client } = options;
  const at = options.at === undefined ? '' : ` at ${options.at}`;
  const name = options.name + at;
  const maxObjects = options.maxObjects ?? 100_000;
  const stallTimeoutMs = options.stallTimeoutMs ?? 30_000;

  const ask = <T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
    retrying(
      () =>
        withinTime(work(), stallTimeoutMs, name, signal).catch((thrown: unknown) => {
          throw explain(thrown, name, options.meanings, signal);
        }),
      { attempts: 4, budgetMs: 10_000, pauseMs: options.pauseMs ?? 200, signal },
    );

  async function all(prefix: string, signal: AbortSignal | undefined): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    let next: string | undefined;
    do {
      const query = { prefix, limit: PAGE, ...(next === undefined ? {} : { next }) };
      const page = await ask(() => client.list(query, signal), signal);
      found.push(...page.objects);
      if (found.length > maxObjects) {
        const where = prefix === '' ? 'the whole store' : prefix;
        throw new StorageError('LimitExceeded', `${name}: ${where} has more than ${maxObjects} objects`);
      }
      if (page.next !== undefined && page.next === next) {
        throw new StorageError('DownloadFailed', `${name} repeats a page of its listing`);
      }
      next = page.next;
    } while (next !== undefined);
    return found;
  }

  async function exact(key: string, signal: AbortSignal | undefined): Promise<ListedObject | undefined> {
    // The key itself comes first of all that begin with it.
    const page = await ask(() => client.list({ prefix: key, limit: PAGE }, signal), signal);
    return page.objects.find((object) => object.key === key && object.isFolder !== true);
  }

  async function find(path: string, signal: AbortSignal | undefined): Promise<RemoteObject[]> {
    const isFolder = path === '' || path.endsWith('/');
    const object = isFolder ? undefined : await exact(path, signal);
    if (object !== undefined && object.size > 0 && options.prefers === 'object') return [layOutOne(object)];
    const folder = isFolder ? path.replace(/\/+$/, path === '' || /^\/+$/.test(path) ? '' : '/') : `${path}/`;
    const listed = await all(folder, signal);
    const placed = layOut(listed, folder);
    if (placed.length > 0) return placed;
    if (object !== undefined) return [layOutOne(object)];
    const shown = `${options.name}/${path}${at}`;
    if (listed.length > 0) throw new StorageError('NotFound', `${shown} is an empty folder`);
    // A kindness that may not keep the answer waiting.
    const hint = await withinTime(near(client, path, signal), Math.min(5000, stallTimeoutMs), name, signal).catch(
      () => '',
    );
    throw new StorageError('NotFound', `there is nothing at ${shown}${hint}`);
  }

  return {
    name,
    async *list(prefix, signal) {
      yield* await find(prefix, signal);
    },
    async read(object: RemoteObject, range?: ByteRange, signal?: AbortSignal) {
      const end = Math.min(range?.end ?? object.size, object.size);
      const length = Math.max(0, end - (range?.start ?? 0));
      // Servers refuse a range of an empty object.
      if (length === 0) return none();
      const isWhole = (range?.start ?? 0) === 0 && end === object.size;
      const wanted = isWhole ? undefined : { start: range?.start ?? 0, end };
      const body = await ask(() => client.read(object, wanted, signal), signal);
      const words = (thrown: unknown) => explain(thrown, name, options.meanings, signal);
      return exactBytes(body, length, stallTimeoutMs, name, words, signal);
    },
    close: () => client.close(),
  };
}

async function* none(): AsyncGenerator<Uint8Array> {
  // Nothing to give.
}

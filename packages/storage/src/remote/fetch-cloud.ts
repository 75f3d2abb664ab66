import { fetchRemote } from '../download/fetch-remote.ts';
import { fetchKey } from '../fetch-key.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { StorageError } from '../storage-error.ts';
import { openRemote } from './open-remote.ts';
import { remoteAccessOf } from './remote-access-of.ts';

/** Brings a model of S3, Google Cloud Storage or Azure Blob Storage into the cache. @throws StorageError */
export async function fetchCloud(uri: string, options: FetchOptions): Promise<FetchedModel> {
  return fetchRemote(
    {
      key: fetchKey(uri, options),
      // Without a shared access signature.
      source: uri.replace(/\?.*$/s, ''),
      open: async () => {
        const location = await openRemote(uri, remoteAccessOf(options));
        if (location === undefined) throw new StorageError('InvalidStorageUri', 'the storage URI names no store');
        return location;
      },
    },
    options,
  );
}

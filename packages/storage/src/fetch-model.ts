import { checkWanted } from './cache/wanted-digest.ts';
import type { FetchedModel, Fetcher, FetchOptions } from './fetcher.ts';
import { localFetcher } from './local/local-fetcher.ts';
import { StorageError } from './storage-error.ts';
import { schemeOf, storageProblem } from './unsupported.ts';

/**
 * Brings the model of a storage URI to this machine: a path as it is, an http(s) file or archive by way of the cache.
 * @throws StorageError that says what to do
 */
export async function fetchModel(uri: string, options: FetchOptions): Promise<FetchedModel> {
  const problem = storageProblem(uri);
  if (problem !== undefined) throw new StorageError('StorageNotSupported', problem);
  if (uri.trim() === '') throw new StorageError('InvalidStorageUri', 'the storage URI is empty');
  const fetcher = await fetcherFor(schemeOf(uri).toLowerCase());
  const fetched = await fetcher.fetch(uri, options);
  checkWanted(options.sha256, fetched);
  return fetched;
}

async function fetcherFor(scheme: string): Promise<Fetcher> {
  if (localFetcher.schemes.includes(scheme)) return localFetcher;
  if (scheme === 'pvc') return (await import('./pvc/pvc-fetcher.ts')).pvcFetcher;
  const { createHttpFetcher } = await import('./http/http-fetcher.ts');
  return createHttpFetcher();
}

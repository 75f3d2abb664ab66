import { isAzureBlob } from './azure/azure-uri.ts';
import { checkWanted } from './cache/wanted-digest.ts';
import type { FetchedModel, FetchOptions } from './fetcher.ts';
import { localFetcher } from './local/local-fetcher.ts';
import { StorageError } from './storage-error.ts';
import { schemeOf, storageProblem } from './unsupported.ts';

/**
 * Brings the model of a storage URI to this machine: a path as it is, anything else by way of the cache. Each scheme's code
 * is loaded when it is first asked for.
 * @throws StorageError that says what to do
 */
export async function fetchModel(uri: string, options: FetchOptions): Promise<FetchedModel> {
  const problem = storageProblem(uri);
  if (problem !== undefined) throw new StorageError('StorageNotSupported', problem);
  if (uri.trim() === '') throw new StorageError('InvalidStorageUri', 'the storage URI is empty');
  const fetched = await fetchByScheme(uri, { processEnv: process.env, ...options });
  checkWanted(options.sha256, fetched);
  return fetched;
}

async function fetchByScheme(uri: string, options: FetchOptions): Promise<FetchedModel> {
  const scheme = schemeOf(uri).toLowerCase();
  if (localFetcher.schemes.includes(scheme)) return localFetcher.fetch(uri, options);
  if (scheme === 'pvc') return (await import('./pvc/pvc-fetcher.ts')).pvcFetcher.fetch(uri, options);
  if (scheme === 's3' || scheme === 'gs' || isAzureBlob(uri)) {
    return (await import('./remote/fetch-cloud.ts')).fetchCloud(uri, options);
  }
  if (scheme === 'hf') return (await import('./huggingface/fetch-hf.ts')).fetchHf(uri, options);
  if (scheme.startsWith('oci')) return (await import('./oci/fetch-oci.ts')).fetchOci(uri, options);
  return (await import('./http/http-fetcher.ts')).createHttpFetcher().fetch(uri, options);
}

export { fetchModel } from './fetch-model.ts';
export {
  DEFAULT_LIMITS,
  type FetchedModel,
  type Fetcher,
  type FetchLimits,
  type FetchOptions,
  type FetchProgress,
  type UriAuthor,
} from './fetcher.ts';
export type { ByteRange, RemoteObject, RemoteStore } from './remote/remote-store.ts';
export { StorageError, type StorageFailureReason } from './storage-error.ts';
export { schemeOf, storageProblem } from './unsupported.ts';

export type { AzureProof } from './azure/open-azure.ts';
export { ModelCache } from './cache/cache.ts';
export { findTree } from './cache/find-tree.ts';
export {
  type CacheCheck,
  type CachedModel,
  listCache,
  type PruneOptions,
  type PruneResult,
  pruneCache,
  removeFromCache,
  verifyCache,
} from './cache/manage-cache.ts';
export { pinTree, type TreePin, treePins, unpinTree } from './cache/tree-pins.ts';
export { TreeUses } from './cache/tree-uses.ts';
export type {
  ConfigMapSource,
  CredentialConfig,
  Credentials,
  CredentialsError,
  CredentialsInput,
  SecretSource,
  ServiceAccountSource,
  StorageContainerSource,
  StorageSpec,
} from './credentials/credentials.ts';
export { NO_CREDENTIALS } from './credentials/credentials.ts';
export { headersFor } from './credentials/http-headers.ts';
export { resolveCredentials } from './credentials/resolve-credentials.ts';
export { fetchModel } from './fetch-model.ts';
export {
  DEFAULT_LIMITS,
  type FetchCredentials,
  type FetchedModel,
  type Fetcher,
  type FetchLimits,
  type FetchOptions,
  type FetchProgress,
  type UriAuthor,
} from './fetcher.ts';
export type { Egress } from './network/egress.ts';
export {
  type CloudClient,
  CloudFailure,
  type ListedObject,
  type ListPage,
  type ListQuery,
} from './remote/cloud-client.ts';
export { openRemote } from './remote/open-remote.ts';
export type { RemoteAccess } from './remote/remote-access.ts';
export type { RemoteLocation } from './remote/remote-location.ts';
export type { ByteRange, RemoteObject, RemoteStore } from './remote/remote-store.ts';
export type { S3Config } from './s3/s3-config.ts';
export { StorageError, type StorageFailureReason } from './storage-error.ts';
export { schemeOf, storageProblem } from './unsupported.ts';

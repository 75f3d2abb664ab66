import type { ApiObject, ModelRequest, ResourceStore } from '@berth/control';
import {
  type ConfigMapSource,
  resolveCredentials,
  type SecretSource,
  type ServiceAccountSource,
  type StorageContainerSource,
} from '@berth/storage';
import type { ModelInputs } from './model-inputs.ts';
import { withPullSecrets } from './pull-secrets.ts';
import { type StorageConfig, storageConfig } from './storage-config.ts';
import { LookedAt } from './unread-keys.ts';
import { volumeFolders } from './volume-folders.ts';

const STRICT_EGRESS = 'berth.dev/strict-egress';

/** What a request comes down to, or why it can not be fetched as it stands. */
export type ResolvedInputs =
  | { readonly inputs: ModelInputs; readonly warnings: readonly string[] }
  | { readonly failure: { readonly reason: string; readonly message: string }; readonly warnings: readonly string[] };

/** Finds what a request needs in the store: Secrets, ServiceAccounts, ConfigMaps, the folders of claims. Waits for nothing. */
export function resolveInputs(
  request: ModelRequest,
  store: ResourceStore,
  options: { readonly volumes?: Readonly<Record<string, string>>; readonly strictEgress?: boolean },
): ResolvedInputs {
  const { namespace, annotations, serviceAccountName, storage } = request;
  const config = storageConfig(store);
  const looked = new LookedAt(store);
  const account = object<ServiceAccountSource>(looked, 'ServiceAccount', namespace, serviceAccountName || 'default');
  const credentials = resolveCredentials({
    uri: request.uri,
    annotations,
    serviceAccountName,
    serviceAccount: account,
    secret: (name) => object<SecretSource>(looked, 'Secret', namespace, name),
    configMap: (name) => configMap(store, config, namespace, name),
    // Some clients write an empty block beside a URI.
    storage: storage === undefined || (request.uri !== undefined && storage.path === undefined) ? undefined : storage,
    env: request.env,
    config: config.credentials,
    caBundleConfigMapName: config.caBundleConfigMapName,
    storageContainers: store.list('ClusterStorageContainer') as unknown as readonly StorageContainerSource[],
  });
  const { error, env, files, caBundles } = credentials;
  const warnings = [...looked.warnings(), ...credentials.warnings];
  if (error !== undefined) return { failure: error, warnings };
  const uri = credentials.uri ?? request.uri;
  if (uri === undefined || uri.trim() === '') {
    return { failure: { reason: 'InvalidStorageUri', message: 'the service names no storage URI' }, warnings };
  }
  const own = { env, files, caBundles };
  const isStrict = /^(true|on|enabled)$/i.test(annotations[STRICT_EGRESS] ?? '');
  return {
    inputs: {
      uri,
      credentials: uri.startsWith('oci') ? withPullSecrets(own, store, namespace, account) : own,
      volumes: uri.startsWith('pvc:') ? volumeFolders(store, namespace, options.volumes ?? {}) : {},
      allow: request.env.STORAGE_ALLOW_PATTERNS,
      ignore: request.env.STORAGE_IGNORE_PATTERNS,
      strictEgress: isStrict || options.strictEgress === true,
      sha256: request.sha256,
      refresh: request.refresh,
    },
    warnings,
  };
}

function object<T>(
  store: Pick<ResourceStore, 'get'>,
  kind: string,
  namespace: string,
  name: string,
): (T & ApiObject) | undefined {
  return store.get({ kind, namespace, name }) as (T & ApiObject) | undefined;
}

/** A ConfigMap of the service's namespace, else of the one where KServe's own settings are. */
function configMap(
  store: ResourceStore,
  config: StorageConfig,
  namespace: string,
  name: string,
): ConfigMapSource | undefined {
  return (
    object<ConfigMapSource>(store, 'ConfigMap', namespace, name) ??
    (name === config.caBundleConfigMapName
      ? object<ConfigMapSource>(store, 'ConfigMap', config.namespace, name)
      : undefined)
  );
}

import type { FieldPath, IssueCollector } from '../issue.ts';
import { isObject } from '../schema/check.ts';

const CONFLICT = 'Setting both StorageURI and StorageURIs is not supported.';

/** Checks `storageUris` of a component, with KServe's messages (validateMultipleStorageURIs). */
export function validateStorageUris(
  entries: unknown,
  hasStorageUri: boolean,
  path: FieldPath,
  issues: IssueCollector,
): void {
  if (!Array.isArray(entries)) return;
  const at = [...path, 'storageUris'];
  if (hasStorageUri) issues.error(at, CONFLICT, { hint: 'keep storageUri or storageUris' });
  const shared: string[] = [];
  const claims = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) continue;
    const uri = entry.uri;
    const mountPath = typeof entry.mountPath === 'string' ? entry.mountPath : '/mnt/models';
    const field = [...at, index];
    if (uri === '') issues.error([...field, 'uri'], 'storage URI cannot be empty');
    if (mountPath === '/') issues.error([...field, 'mountPath'], 'storage path cannot be empty');
    else if (!mountPath.startsWith('/')) {
      issues.error([...field, 'mountPath'], `storage path must be absolute: ${mountPath.slice(0, 255)}`);
    } else if (mountPath.includes('..')) {
      const message = `storage path cannot contain '..' for security reasons: ${mountPath.slice(0, 255)}`;
      issues.error([...field, 'mountPath'], message);
    }
    if (typeof uri === 'string' && uri.startsWith('pvc://')) {
      if (claims.has(mountPath)) issues.error([...field, 'mountPath'], 'PVC storage paths must be unique');
      claims.add(mountPath);
    } else {
      shared.push(mountPath);
    }
  }
  const firstFolders = new Set(shared.map((mountPath) => mountPath.split('/')[1]));
  if (shared.length > 1 && firstFolders.size > 1) {
    const paths = `[${shared.join(' ')}]`;
    const message = `storage paths must have a common parent directory. Current paths: ${paths} have no common parent beyond root`;
    issues.error(at, message);
  }
}

/** Checks what a `storage` block and `confidential` need beside them. */
export function validateModelStorage(spec: Record<string, unknown>, path: FieldPath, issues: IssueCollector): void {
  const { storage, storageUri, confidential } = spec;
  if (storageUri === '') issues.error([...path, 'storageUri'], 'storageUri is empty');
  if (typeof storageUri === 'string' && storageUri !== storageUri.trim()) {
    issues.error([...path, 'storageUri'], 'storageUri has blanks around it');
  }
  if (isObject(storage) && isObject(storage.parameters)) {
    const type = storage.parameters.type;
    if (typeof type === 'string' && !STORAGE_TYPES.includes(type)) {
      const message = `storage.spec.type, must be one of: [${STORAGE_TYPES.map((one) => `${one}://`).join(', ')}]. storage.spec.type [${type.slice(0, 50)}] is not supported`;
      issues.error([...path, 'storage', 'parameters', 'type'], message);
    }
  }
  if (
    isObject(confidential) &&
    confidential.enabled === true &&
    (typeof storageUri !== 'string' || storageUri === '')
  ) {
    issues.error([...path, 'confidential'], 'confidential model serving requires storageUri to be set');
  }
}

/** What a `storage` block may be (KServe SupportedStorageSpecURIPrefixList). */
const STORAGE_TYPES = ['s3', 'hdfs', 'webhdfs'];

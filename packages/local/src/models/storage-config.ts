import type { ResourceStore } from '@berth/control';
import type { CredentialConfig } from '@berth/storage';

const NAME = 'inferenceservice-config';
/** Where KServe keeps its settings. */
const NAMESPACE = 'kserve';

/** What the platform's own settings say of storage. */
export interface StorageConfig {
  readonly namespace: string;
  readonly credentials: CredentialConfig;
  readonly caBundleConfigMapName: string | undefined;
}

/** Reads `credentials` and `storageInitializer` of `inferenceservice-config`; what can not be read counts as not there. */
export function storageConfig(store: ResourceStore): StorageConfig {
  const data = store.get({ kind: 'ConfigMap', namespace: NAMESPACE, name: NAME })?.data;
  const values = new Map(Object.entries(isRecord(data) ? data : {}));
  const credentials = jsonRecord(values.get('credentials'));
  const initializer = jsonRecord(values.get('storageInitializer'));
  const bundle = initializer.caBundleConfigMapName;
  return {
    namespace: NAMESPACE,
    credentials: {
      ...text('storageSpecSecretName', credentials),
      ...text('storageSecretNameAnnotation', credentials),
      ...(isRecord(credentials.s3) ? { s3: texts(credentials.s3) } : {}),
      ...(isRecord(credentials.gcs) ? { gcs: texts(credentials.gcs) } : {}),
    },
    caBundleConfigMapName: typeof bundle === 'string' && bundle !== '' ? bundle : undefined,
  };
}

function text<Key extends string>(key: Key, from: Record<string, unknown>): { readonly [key in Key]?: string } {
  const value = from[key];
  return (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as { readonly [key in Key]?: string };
}

function texts(from: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(from).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

function jsonRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { CredentialConfig, CredentialsError, SecretSource, StorageSpec } from './credentials.ts';
import { isFalse, isTrue, readEndpoint } from './endpoint.ts';
import { secretValues } from './secret-values.ts';

const DEFAULT_SECRET = 'storage-config';
const DEFAULT_KEY = 'default';
/** Types whose URI needs a bucket, with their scheme. */
const BUCKET_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['s3', 's3'],
  ['gs', 'gs'],
  ['gcs', 'gs'],
]);
/** Known to KServe, not fetched from here. */
const REFUSED_TYPES: ReadonlySet<string> = new Set(['hdfs', 'webhdfs']);
const OFFERED = 's3 or gs';

/** Environment variables by the key of a storage configuration (kserve storage `_update_with_storage_spec`). */
const S3_TEXTS: ReadonlyMap<string, string> = new Map([
  ['access_key_id', 'AWS_ACCESS_KEY_ID'],
  ['secret_access_key', 'AWS_SECRET_ACCESS_KEY'],
  ['session_token', 'AWS_SESSION_TOKEN'],
  ['region', 'AWS_DEFAULT_REGION'],
  ['default_region', 'AWS_DEFAULT_REGION'],
  ['ca_bundle', 'AWS_CA_BUNDLE'],
  ['cabundle_configmap', 'AWS_CA_BUNDLE_CONFIGMAP'],
]);
const S3_FLAGS: ReadonlyMap<string, string> = new Map([
  ['verify_ssl', 'S3_VERIFY_SSL'],
  ['anonymous', 'awsAnonymousCredential'],
]);
const MAX_PATH = 2048;

export type StorageSpecReading =
  | {
      readonly uri: string;
      readonly env: Readonly<Record<string, string>>;
      /** PEM texts that stand in the configuration itself. */
      readonly caBundles: readonly string[];
      readonly warnings: readonly string[];
    }
  | { readonly error: CredentialsError };

/**
 * Reads a `storage:` block with the Secret `storage-config` (or the one that the annotation names): entry `key`, else
 * `default_<type>`, else `default`; parameters win over the entry (kserve pkg/credentials `CreateStorageSpecSecretEnvs`).
 */
export function readStorageSpec(
  spec: StorageSpec,
  annotatedSecret: string | undefined,
  config: CredentialConfig,
  secret: (name: string) => SecretSource | undefined,
): StorageSpecReading {
  const secretName = annotatedSecret ?? (config.storageSpecSecretName || DEFAULT_SECRET);
  const source = secret(secretName);
  const parameters = new Map(Object.entries(spec.parameters ?? {}));
  if (source === undefined && (spec.key ?? '') !== '') {
    return failure('SecretNotFound', `storage.key is "${spec.key}" but there is no Secret ${secretName}`);
  }
  const entry = source === undefined ? undefined : entryOf(source, spec.key ?? '', parameters.get('type'), secretName);
  if (entry !== undefined && 'error' in entry) return entry;
  const settings = new Map([...(entry?.settings ?? []), ...parameters]);
  const label = entry?.label ?? 'storage.parameters';
  const type = settings.get('type')?.toLowerCase();
  if (type === undefined || type === '') {
    const where = source === undefined ? `there is no Secret ${secretName}` : `${label} has no "type"`;
    return failure(
      'InvalidStorageSpec',
      `the storage type is not known: ${where}; set storage.parameters.type to ${OFFERED}`,
    );
  }
  if (REFUSED_TYPES.has(type)) {
    return failure('StorageNotSupported', `storage type ${type} is not supported here; use ${OFFERED}`);
  }
  const scheme = BUCKET_SCHEMES.get(type);
  if (scheme === undefined) {
    // Shown only where it looks like a type: the value may come from a Secret.
    const shown = /^[a-z0-9]{1,12}$/.test(type) ? ` "${type}"` : ` of ${label}`;
    return failure('InvalidStorageSpec', `the storage type${shown} is not known; use ${OFFERED}`);
  }
  const bucket = settings.get('bucket') ?? '';
  if (bucket === '') {
    return failure(
      'InvalidStorageSpec',
      `storage of type ${type} needs a bucket: neither ${label} nor storage.parameters has one`,
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/.test(bucket)) {
    return failure('InvalidStorageSpec', `the bucket of ${label} is no name of a bucket`);
  }
  const path = (spec.path ?? '').replace(/^\/+/, '');
  if (path.length > MAX_PATH) return failure('InvalidStorageSpec', 'storage.path is too long');
  const uri = `${scheme}://${bucket}/${path}`;
  if (scheme !== 's3') return { uri, env: gcsEnv(settings), caBundles: [], warnings: [] };
  return s3Reading(uri, settings, label);
}

function entryOf(
  source: SecretSource,
  key: string,
  type: string | undefined,
  secretName: string,
): { settings: ReadonlyMap<string, string>; label: string } | { error: CredentialsError } | undefined {
  const values = secretValues(source);
  const found = key !== '' ? key : type === undefined ? DEFAULT_KEY : `${DEFAULT_KEY}_${type}`;
  if (!values.has(found)) {
    if (key === '') return undefined;
    const others = [...values.keys()].sort().slice(0, 8).join(', ');
    return failure(
      'InvalidStorageSpec',
      `storage.key is "${key}" but Secret ${secretName} has ${others === '' ? 'no keys' : `only ${others}`}`,
    );
  }
  const label = `key ${found} of Secret ${secretName}`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(values.get(found) as string);
  } catch {
    // The parser's message quotes the text, which holds credentials.
    return failure('InvalidStorageSpec', `${label} is not valid JSON`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return failure('InvalidStorageSpec', `${label} is not a JSON object`);
  }
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed)) {
    if (value === null) continue;
    if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') {
      return failure('InvalidStorageSpec', `${label}: "${name.slice(0, 50)}" is neither text, number nor true/false`);
    }
    settings.set(name, String(value));
  }
  return { settings, label };
}

function s3Reading(uri: string, settings: ReadonlyMap<string, string>, label: string): StorageSpecReading {
  const env: Record<string, string> = {};
  const warnings: string[] = [];
  const caBundles: string[] = [];
  const endpoint = settings.get('endpoint_url');
  if (endpoint !== undefined && endpoint.trim() === '') {
    warnings.push(`endpoint_url of ${label} is empty and counts as not set`);
  } else if (endpoint !== undefined) {
    const reading = readEndpoint(endpoint, `endpoint_url of ${label}`);
    if ('problem' in reading) return failure('InvalidStorageSpec', reading.problem);
    env.AWS_ENDPOINT_URL = reading.url;
    warnings.push(...reading.warnings);
  }
  for (const [name, variable] of S3_TEXTS) {
    const value = settings.get(name);
    if (value === undefined || value.trim() === '') continue;
    if (name === 'ca_bundle' && value.includes('-----BEGIN CERTIFICATE-----')) caBundles.push(value);
    else env[variable] = value.trim();
  }
  for (const [name, variable] of S3_FLAGS) {
    const value = settings.get(name);
    if (value === undefined || value === '') continue;
    if (isTrue(value)) env[variable] = variable === 'S3_VERIFY_SSL' ? '1' : 'true';
    else if (isFalse(value)) env[variable] = variable === 'S3_VERIFY_SSL' ? '0' : 'false';
    else warnings.push(`${name} of ${label} is neither true nor false; it is not used`);
  }
  return { uri, env, caBundles, warnings };
}

function gcsEnv(settings: ReadonlyMap<string, string>): Record<string, string> {
  const endpoint = settings.get('endpoint_url');
  return endpoint === undefined || endpoint === '' ? {} : { STORAGE_EMULATOR_HOST: endpoint };
}

function failure(reason: CredentialsError['reason'], message: string): { error: CredentialsError } {
  return { error: { reason, message } };
}

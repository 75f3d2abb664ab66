import { azureEnv } from './azure-credentials.ts';
import { readCaBundle } from './ca-bundles.ts';
import type { CredentialConfig, Credentials, CredentialsError, CredentialsInput, SecretSource } from './credentials.ts';
import { isFalse } from './endpoint.ts';
import { headersVariable, readHeaders } from './http-headers.ts';
import { type SettingsLayer, s3Settings } from './s3-credentials.ts';
import { lineValue, secretValues } from './secret-values.ts';
import { containerNotes } from './storage-containers.ts';
import { readStorageSpec } from './storage-spec.ts';

const SECRET_ANNOTATION = 'serving.kserve.io/storageSecretName';
const IRSA_ANNOTATION = 'eks.amazonaws.com/role-arn';
const GCS_FILE = 'gcloud-application-credentials.json';
const GCS_FOLDER = '/var/secrets/';
const DOCKER_CONFIG = '/mnt/oci-fetch-auth/config.json';
/** Of a component's environment, what a download may read. */
const STORAGE_VARIABLE =
  /^(AWS_|S3_|AZURE_|AZ_|GOOGLE_|HF_|STORAGE_|MODELSCOPE_|KSERVE_OCI_|CLOUDSDK_)|^awsAnonymousCredential$|-headers$/;
/** What only the platform's owner may say: files and programs of this machine. */
const OWNERS_VARIABLE =
  /^(AWS_(CONFIG_FILE|SHARED_CREDENTIALS_FILE|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*|EC2_.*|PROFILE|CA_BUNDLE)|AZURE_(FEDERATED_TOKEN_FILE|CONFIG_DIR|AUTHORITY_HOST|CLIENT_CERTIFICATE_PATH)|GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_EXTERNAL_.*|KSERVE_OCI_DOCKER_CONFIG|CLOUDSDK_.*)$/;

/**
 * What a service's model is downloaded with, as KServe finds it: the Secret that the annotation names, else all Secrets of
 * the ServiceAccount; annotations of the ServiceAccount as the base, those of the Secret above; a `storage:` block with its
 * own Secret. Reads nothing but its input. Later Secrets win.
 */
export function resolveCredentials(input: CredentialsInput): Credentials {
  const config = input.config ?? {};
  const warnings: string[] = [];
  const accountName = input.serviceAccountName || 'default';
  if (input.serviceAccount === undefined && accountName !== 'default') {
    warnings.push(`there is no ServiceAccount ${accountName}; the model is downloaded without its credentials`);
  }
  const accountAnnotations = input.serviceAccount?.metadata.annotations ?? {};
  if (accountAnnotations[IRSA_ANNOTATION] !== undefined) {
    warnings.push(
      `annotation ${IRSA_ANNOTATION} of ServiceAccount ${accountName} has no effect here: roles are given by a cluster; put keys into a Secret`,
    );
  }
  warnings.push(...containerNotes(input.uri, input.storageContainers ?? []));
  const annotation = config.storageSecretNameAnnotation || SECRET_ANNOTATION;
  const annotated = input.annotations[annotation];
  const found = secretsOf(input, annotated, annotation, accountName, warnings);
  if ('error' in found) return { env: {}, files: {}, caBundles: [], warnings, error: found.error };

  const env: Record<string, string> = {};
  const files: Record<string, string> = {};
  for (const secret of found.secrets) readSecret(secret, config, env, files, warnings);
  const layers: SettingsLayer[] = found.secrets
    .filter((secret) => isForS3(secretValues(secret), config) || hasS3Annotation(secret))
    .map((secret) => ({
      name: `Secret ${secret.metadata.name}`,
      annotations: secret.metadata.annotations ?? {},
      values: secretValues(secret),
    }))
    .reverse();
  layers.push({ name: `ServiceAccount ${accountName}`, annotations: accountAnnotations, values: new Map() });
  const settings = s3Settings(layers, config.s3);
  warnings.push(...settings.warnings);
  const isForS3Uri = input.uri === undefined || input.storage !== undefined || /^s3:/i.test(input.uri);
  if (settings.problem !== undefined && isForS3Uri) {
    const error: CredentialsError = { reason: 'InvalidCredentials', message: settings.problem };
    return { env: {}, files: {}, caBundles: [], warnings, error };
  }
  if (settings.problem !== undefined) warnings.push(settings.problem);
  Object.assign(env, settings.env);

  let uri: string | undefined;
  const caBundles: string[] = [];
  if (input.storage !== undefined) {
    const reading = readStorageSpec(input.storage, annotated, config, input.secret);
    if ('error' in reading) return { env: {}, files: {}, caBundles: [], warnings, error: reading.error };
    uri = reading.uri;
    Object.assign(env, reading.env);
    caBundles.push(...reading.caBundles);
    warnings.push(...reading.warnings);
  }
  for (const [name, value] of Object.entries(input.env)) {
    if (!STORAGE_VARIABLE.test(name) || value === '') continue;
    if (OWNERS_VARIABLE.test(name)) warnings.push(`${name} in a service's environment has no effect on its download`);
    else env[name] = value;
  }
  const bundles = bundlesOf(input, env, warnings);
  if ('error' in bundles && isForS3Uri) {
    return { env: {}, files: {}, caBundles: [], warnings, error: bundles.error };
  }
  if ('error' in bundles) warnings.push(bundles.error.message);
  else caBundles.push(...bundles.pems);
  return { env, files, caBundles, warnings, ...(uri === undefined ? {} : { uri }) };
}

function secretsOf(
  input: CredentialsInput,
  annotated: string | undefined,
  annotation: string,
  accountName: string,
  warnings: string[],
): { readonly secrets: readonly SecretSource[] } | { readonly error: CredentialsError } {
  if (annotated !== undefined && input.storage === undefined) {
    const secret = input.secret(annotated);
    if (secret !== undefined) return { secrets: [secret] };
    const message = `annotation ${annotation} asks for Secret ${annotated}, which does not exist`;
    return { error: { reason: 'SecretNotFound', message } };
  }
  const secrets: SecretSource[] = [];
  for (const { name } of input.serviceAccount?.secrets ?? []) {
    if (name === undefined) continue;
    const secret = input.secret(name);
    if (secret !== undefined) secrets.push(secret);
    else warnings.push(`ServiceAccount ${accountName} names Secret ${name}, which does not exist`);
  }
  return { secrets };
}

/** Each kind of credentials by its keys; a Secret may hold several. */
function readSecret(
  secret: SecretSource,
  config: CredentialConfig,
  env: Record<string, string>,
  files: Record<string, string>,
  warnings: string[],
): void {
  const { name } = secret.metadata;
  const values = secretValues(secret);
  if (isForS3(values, config)) readS3Keys(name, values, config, env, warnings);
  const gcsFile = config.gcs?.gcsCredentialFileName || GCS_FILE;
  const account = values.get(gcsFile) ?? values.get(GCS_FILE);
  if (account !== undefined) {
    env.GOOGLE_APPLICATION_CREDENTIALS = `${GCS_FOLDER}${gcsFile}`;
    files[env.GOOGLE_APPLICATION_CREDENTIALS] = account;
  }
  Object.assign(env, azureEnv(values));
  readHttp(name, values, env, warnings);
  for (const token of ['HF_TOKEN', 'MODELSCOPE_API_TOKEN']) {
    const value = lineValue(values, token);
    if (value !== undefined && value !== '') env[token] = value;
  }
  const docker = values.get('.dockerconfigjson');
  if (docker !== undefined) {
    env.KSERVE_OCI_DOCKER_CONFIG = DOCKER_CONFIG;
    files[DOCKER_CONFIG] = docker;
  }
}

function secretKeyNames(config: CredentialConfig): readonly string[] {
  return [config.s3?.s3SecretAccessKeyName, 'AWS_SECRET_ACCESS_KEY', 'awsSecretAccessKey'].filter(
    (name): name is string => name !== undefined && name !== '',
  );
}

function isForS3(values: ReadonlyMap<string, string>, config: CredentialConfig): boolean {
  return secretKeyNames(config).some((name) => values.has(name)) || values.has('S3_ENDPOINT');
}

function hasS3Annotation(secret: SecretSource): boolean {
  return Object.keys(secret.metadata.annotations ?? {}).some((key) => key.startsWith('serving.kserve.io/s3-'));
}

function readS3Keys(
  name: string,
  values: ReadonlyMap<string, string>,
  config: CredentialConfig,
  env: Record<string, string>,
  warnings: string[],
): void {
  const idNames = [config.s3?.s3AccessKeyIDName, 'AWS_ACCESS_KEY_ID', 'awsAccessKeyID', 'awsAccessKeyId'];
  const id = lineValue(values, ...idNames.filter((one): one is string => one !== undefined && one !== ''));
  const key = lineValue(values, ...secretKeyNames(config));
  if (key === undefined) return;
  if (id === undefined || id.trim() === '' || key.trim() === '') {
    warnings.push(
      `Secret ${name} has ${key.trim() === '' ? 'an empty AWS_SECRET_ACCESS_KEY' : 'no AWS_ACCESS_KEY_ID'}; its keys are not used`,
    );
    return;
  }
  if (id !== id.trim() || key !== key.trim()) {
    warnings.push(`Secret ${name}: blanks or line breaks around the AWS keys are left out`);
  }
  env.AWS_ACCESS_KEY_ID = id.trim();
  env.AWS_SECRET_ACCESS_KEY = key.trim();
  const token = lineValue(values, 'AWS_SESSION_TOKEN', 'awsSessionToken')?.trim();
  // A token belongs to its keys: one of an earlier Secret must not stay with these.
  if (token !== undefined && token !== '') env.AWS_SESSION_TOKEN = token;
  else delete env.AWS_SESSION_TOKEN;
}

function readHttp(
  name: string,
  values: ReadonlyMap<string, string>,
  env: Record<string, string>,
  warnings: string[],
): void {
  const host = lineValue(values, 'https-host')?.trim();
  const headers = values.get('headers');
  if (host === undefined || headers === undefined) return;
  const plain = host.replace(/^https?:\/\//i, '').replace(/\/.*$/s, '');
  if (plain !== host) warnings.push(`https-host of Secret ${name} should be a host name only`);
  const { unread } = readHeaders(headers);
  if (unread > 0) warnings.push(`headers of Secret ${name}: ${unread} of them can not be sent and are left out`);
  env[headersVariable(plain.toLowerCase())] = headers;
}

function bundlesOf(
  input: CredentialsInput,
  env: Record<string, string>,
  warnings: string[],
): { readonly pems: readonly string[] } | { readonly error: CredentialsError } {
  const pems: string[] = [];
  const isVerified = env.S3_VERIFY_SSL === undefined || !isFalse(env.S3_VERIFY_SSL);
  const path = env.AWS_CA_BUNDLE;
  const name = env.AWS_CA_BUNDLE_CONFIGMAP;
  // Beside a ConfigMap the path is one of KServe's init container: only its last part counts, as the key.
  delete env.AWS_CA_BUNDLE;
  delete env.AWS_CA_BUNDLE_CONFIGMAP;
  if (name !== undefined && isVerified) {
    const reading = readCaBundle(name, path, 'serving.kserve.io/s3-cabundle-configmap', input.configMap);
    if ('error' in reading) return reading;
    pems.push(reading.pem);
  } else if (path !== undefined && isVerified && path.startsWith('/')) {
    // Without a ConfigMap it can only be meant as a file of this machine; whoever connects reads it, bounded.
    env.AWS_CA_BUNDLE = path;
  }
  if (input.caBundleConfigMapName !== undefined && input.caBundleConfigMapName !== '') {
    const label = 'caBundleConfigMapName of inferenceservice-config';
    const reading = readCaBundle(input.caBundleConfigMapName, path, label, input.configMap);
    if ('pem' in reading) pems.push(reading.pem);
    else warnings.push(reading.error.message);
  }
  return { pems };
}

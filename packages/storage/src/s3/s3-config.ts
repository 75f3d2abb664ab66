import { isTrue, readEndpoint } from '../credentials/endpoint.ts';
import { type RemoteAccess, setting } from '../remote/remote-access.ts';
import { StorageError } from '../storage-error.ts';

/** Everything that the S3 client is made of, beside the network. */
export interface S3Config {
  readonly region: string;
  /** Absent for Amazon's own. */
  readonly endpoint?: string;
  /** `host/bucket/key` instead of `bucket.host/key`. */
  readonly pathStyle: boolean;
  readonly accelerate: boolean;
  /**
   * `ambient` is what the platform's owner has on this machine (profiles, web identity), taken only where nothing else is
   * given.
   */
  readonly credentials:
    | { readonly kind: 'anonymous' | 'ambient' }
    | {
        readonly kind: 'keys';
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string;
      };
}

const ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'S3_ENDPOINT'] as const;

/**
 * Reads the settings of an S3 download by the names that KServe, boto3 and the AWS SDKs use.
 * @throws StorageError InvalidStorageUri for an endpoint of another shape
 */
export function s3Config(access: RemoteAccess): S3Config {
  const endpoint = endpointOf(access);
  const region = setting(access, 'AWS_DEFAULT_REGION', 'AWS_REGION') ?? 'us-east-1';
  if (!/^[A-Za-z0-9-]{1,64}$/.test(region)) {
    throw new StorageError('InvalidStorageUri', 'the S3 region is not a name like us-east-1');
  }
  const isVirtual = isTrue(setting(access, 'S3_USER_VIRTUAL_BUCKET', 'S3_USE_VIRTUAL_BUCKET') ?? '');
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // A server of one's own has no names for buckets, unless someone says so.
    pathStyle: endpoint !== undefined && !isVirtual && !isAmazon(endpoint),
    accelerate: endpoint === undefined && isTrue(setting(access, 'S3_USE_ACCELERATE') ?? ''),
    credentials: credentialsOf(access, isOfService(access, endpoint)),
  };
}

function endpointOf(access: RemoteAccess): string | undefined {
  const name = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'S3_ENDPOINT'].find(
    (one) => setting(access, one) !== undefined,
  );
  if (name === undefined) return undefined;
  const flag = setting(access, 'S3_USE_HTTPS');
  const written = setting(access, name) as string;
  const reading = readEndpoint(written, name, flag === undefined ? undefined : { value: flag, label: 'S3_USE_HTTPS' });
  if ('problem' in reading) throw new StorageError('InvalidStorageUri', reading.problem);
  // The name of the old global endpoint would answer other regions with a redirect; the client knows the right ones.
  return /^https?:\/\/s3\.amazonaws\.com$/.test(reading.url) ? undefined : reading.url;
}

function isAmazon(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

/** Whether the service itself says which server is asked; the owner's own keys are not shown to that one. */
function isOfService(access: RemoteAccess, endpoint: string | undefined): boolean {
  return endpoint !== undefined && ENDPOINTS.some((name) => (access.credentials.env[name] ?? '').trim() !== '');
}

function credentialsOf(access: RemoteAccess, isOwnServer: boolean): S3Config['credentials'] {
  if (isTrue(setting(access, 'awsAnonymousCredential') ?? '')) return { kind: 'anonymous' };
  // Keys are taken as a pair from one place: the service's token must not go with the platform's keys.
  for (const env of isOwnServer ? [access.credentials.env] : [access.credentials.env, access.processEnv]) {
    const accessKeyId = env.AWS_ACCESS_KEY_ID?.trim();
    const secretAccessKey = env.AWS_SECRET_ACCESS_KEY?.trim();
    if (!accessKeyId || !secretAccessKey) continue;
    const sessionToken = env.AWS_SESSION_TOKEN?.trim();
    return { kind: 'keys', accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  }
  return { kind: isOwnServer ? 'anonymous' : 'ambient' };
}

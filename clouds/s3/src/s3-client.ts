import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import {
  type ByteRange,
  type CloudClient,
  CloudFailure,
  type Egress,
  type ListedObject,
  type ListPage,
  type ListQuery,
  type S3Config,
} from '@berth/storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ambientCredentials } from './ambient-credentials.ts';
import { cloudFailure } from './cloud-failure.ts';

/** A bucket of S3, by Amazon's own client. */
export function createS3Client(
  bucket: string,
  config: S3Config,
  egress: Egress,
  timeouts: { readonly stallMs: number },
): CloudClient {
  let { region } = config;
  let opening: Promise<OpenClient> | undefined;

  async function ask<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
    opening ??= openClient({ ...config, region }, egress, timeouts.stallMs);
    const { client, isAnonymous } = await opening;
    try {
      return await work(client);
    } catch (thrown) {
      throw cloudFailure(thrown, isAnonymous);
    }
  }

  /** A server that says for which region it wants signatures is asked again for that one, as boto3 does. */
  async function askInRegion<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
    try {
      return await ask(work);
    } catch (thrown) {
      const wanted = wantedRegion(thrown);
      if (wanted === undefined || wanted === region) throw thrown;
      const first = opening;
      region = wanted;
      opening = undefined;
      (await first)?.client.destroy();
      return await ask(work);
    }
  }

  return {
    async list(query: ListQuery, signal) {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: query.prefix,
        MaxKeys: query.limit,
        ...(query.delimiter === undefined ? {} : { Delimiter: query.delimiter }),
        ...(query.next === undefined ? {} : { ContinuationToken: query.next }),
      });
      const options = signal === undefined ? {} : { abortSignal: signal };
      return page(await askInRegion((client) => client.send(command, options)));
    },
    async read(object, range: ByteRange | undefined, signal) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: object.key,
        ...(object.etag === undefined ? {} : { IfMatch: object.etag }),
        ...(range === undefined
          ? {}
          : { Range: `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}` }),
      });
      const options = signal === undefined ? {} : { abortSignal: signal };
      const { Body } = await askInRegion((client) => client.send(command, options));
      return Body as AsyncIterable<Uint8Array>;
    },
    async close() {
      (await opening?.catch(() => undefined))?.client.destroy();
      egress.close();
    },
  };
}

function wantedRegion(thrown: unknown): string | undefined {
  if (!(thrown instanceof CloudFailure) || thrown.code !== 'AuthorizationHeaderMalformed') return undefined;
  const { region } = thrown.details;
  return region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}

interface OpenClient {
  readonly client: S3Client;
  /** Requests go without a signature: as asked for, or since there is nothing to sign with. */
  readonly isAnonymous: boolean;
}

async function openClient(config: S3Config, egress: Egress, stallMs: number): Promise<OpenClient> {
  const requestHandler = new NodeHttpHandler({
    httpAgent: egress.http,
    httpsAgent: egress.https,
    requestTimeout: stallMs,
    throwOnRequestTimeout: true,
    socketTimeout: stallMs,
  });
  const credentials = await credentialsOf(config, requestHandler);
  const client = new S3Client({
    requestHandler,
    region: config.region,
    forcePathStyle: config.pathStyle,
    useAccelerateEndpoint: config.accelerate,
    followRegionRedirects: true,
    // Tries again are the store's, for all clouds alike.
    maxAttempts: 1,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    ...(credentials === undefined ? UNSIGNED : { credentials }),
  });
  return { client, isAnonymous: credentials === undefined };
}

const UNSIGNED: S3ClientConfig = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async (request) => request },
};

/** Undefined where nothing is signed: as asked for, or since there is nothing to sign with. */
async function credentialsOf(
  { credentials }: S3Config,
  requestHandler: NodeHttpHandler,
): Promise<S3ClientConfig['credentials']> {
  if (credentials.kind === 'anonymous') return undefined;
  if (credentials.kind === 'keys') {
    const { kind: _, ...keys } = credentials;
    return keys;
  }
  const ambient = ambientCredentials(requestHandler);
  try {
    await ambient();
    return ambient;
  } catch (thrown) {
    if ((thrown as Error).name === 'CredentialsProviderError') return undefined;
    throw thrown;
  }
}

function page(output: ListObjectsV2CommandOutput): ListPage {
  const objects: ListedObject[] = [];
  for (const { Key, Size, ETag, LastModified } of output.Contents ?? []) {
    if (Key === undefined) continue;
    objects.push({
      key: Key,
      size: Size ?? 0,
      ...(ETag === undefined ? {} : { etag: ETag }),
      ...(LastModified === undefined ? {} : { lastModified: LastModified }),
    });
  }
  const folders = (output.CommonPrefixes ?? []).map((one) => one.Prefix).filter((one) => one !== undefined);
  const next = output.IsTruncated === true ? output.NextContinuationToken : undefined;
  return { objects, folders, ...(next === undefined ? {} : { next }) };
}

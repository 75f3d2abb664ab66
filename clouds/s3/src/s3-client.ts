import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { ByteRange, CloudClient, Egress, ListedObject, ListPage, ListQuery, S3Config } from '@berth/storage';
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
  const requestHandler = new NodeHttpHandler({
    httpAgent: egress.http,
    httpsAgent: egress.https,
    requestTimeout: timeouts.stallMs,
    throwOnRequestTimeout: true,
    socketTimeout: timeouts.stallMs,
  });
  const client = new S3Client({
    ...clientConfig(config, requestHandler),
    requestHandler,
    region: config.region,
    forcePathStyle: config.pathStyle,
    useAccelerateEndpoint: config.accelerate,
    followRegionRedirects: true,
    // Tries again are the store's, for all clouds alike.
    maxAttempts: 1,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
  });
  return {
    async list(query: ListQuery, signal) {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: query.prefix,
        MaxKeys: query.limit,
        ...(query.delimiter === undefined ? {} : { Delimiter: query.delimiter }),
        ...(query.next === undefined ? {} : { ContinuationToken: query.next }),
      });
      try {
        return page(await client.send(command, signal === undefined ? {} : { abortSignal: signal }));
      } catch (thrown) {
        throw cloudFailure(thrown);
      }
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
      try {
        const { Body } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
        return Body as AsyncIterable<Uint8Array>;
      } catch (thrown) {
        throw cloudFailure(thrown);
      }
    },
    async close() {
      client.destroy();
      egress.close();
    },
  };
}

function clientConfig(config: S3Config, requestHandler: NodeHttpHandler): S3ClientConfig {
  const { credentials } = config;
  if (credentials.kind === 'keys') {
    const { kind: _, ...keys } = credentials;
    return { credentials: keys };
  }
  if (credentials.kind === 'ambient') return { credentials: ambientCredentials(requestHandler) };
  // Requests without a signature.
  return {
    credentials: { accessKeyId: '', secretAccessKey: '' },
    signer: { sign: async (request) => request },
  };
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

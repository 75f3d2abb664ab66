import type { Egress } from '../network/egress.ts';
import { bucketAndPath } from '../remote/bucket-uri.ts';
import type { CloudClient } from '../remote/cloud-client.ts';
import { createCloudStore } from '../remote/cloud-store.ts';
import { egressFor } from '../remote/egress-for.ts';
import { loadCloud } from '../remote/load-cloud.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import type { RemoteLocation } from '../remote/remote-location.ts';
import { type S3Config, s3Config } from './s3-config.ts';
import { s3Meaning } from './s3-meanings.ts';

/** What the workspace `clouds/s3` exports. */
export interface S3Module {
  createS3Client(bucket: string, config: S3Config, egress: Egress, timeouts: { readonly stallMs: number }): CloudClient;
}

/** `s3://bucket/path`. @throws StorageError */
export async function openS3(uri: string, access: RemoteAccess): Promise<RemoteLocation> {
  const { bucket, path } = bucketAndPath(uri);
  const config = s3Config(access);
  const stallMs = access.stallTimeoutMs ?? 30_000;
  const module = await loadCloud<S3Module>('cloud-s3', 's3:// needs the AWS SDK, which', access);
  const egress = await egressFor(access, { isS3: true });
  const client = module.createS3Client(bucket, config, egress, { stallMs });
  const store = createCloudStore({
    name: `s3://${bucket}`,
    at: config.endpoint === undefined ? undefined : new URL(config.endpoint).host,
    client,
    meanings: s3Meaning(config.region),
    prefers: 'object',
    stallTimeoutMs: stallMs,
  });
  return { store, prefix: path };
}

import type { Egress } from '../network/egress.ts';
import { bucketAndPath } from '../remote/bucket-uri.ts';
import { createCloudStore } from '../remote/cloud-store.ts';
import { egressFor } from '../remote/egress-for.ts';
import { explain } from '../remote/explain.ts';
import { loadCloud } from '../remote/load-cloud.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import type { RemoteLocation } from '../remote/remote-location.ts';
import { type Authorize, createGcsClient } from './gcs-client.ts';
import { gcsConfig } from './gcs-config.ts';
import { gcsMeaning } from './gcs-meanings.ts';

/** What the workspace `clouds/gcs` exports. */
export interface GcsModule {
  createAuthorizer(credentials: Readonly<Record<string, unknown>>, egress: Egress): Authorize;
}

const ANONYMOUS: Authorize = async () => ({});

/** `gs://bucket/path`. Google's library is loaded only where there are credentials. @throws StorageError */
export async function openGcs(uri: string, access: RemoteAccess): Promise<RemoteLocation> {
  const { bucket, path } = bucketAndPath(uri);
  const config = await gcsConfig(access);
  const stallMs = access.stallTimeoutMs ?? 30_000;
  const egress = await egressFor(access, { isS3: false });
  let authorize = ANONYMOUS;
  if (config.credentials !== undefined) {
    const what = "gs:// with credentials needs Google's auth library, which";
    const module = await loadCloud<GcsModule>('cloud-gcs', what, access);
    const bought = module.createAuthorizer(config.credentials, egress);
    authorize = () =>
      bought().catch((thrown: unknown) => {
        throw explain(thrown, "Google's tokens", gcsMeaning(false));
      });
  }
  const store = createCloudStore({
    name: `gs://${bucket}`,
    at: config.isEmulator ? new URL(config.base).host : undefined,
    client: createGcsClient(bucket, config, egress, authorize, stallMs),
    meanings: gcsMeaning(config.credentials === undefined),
    prefers: 'folder',
    stallTimeoutMs: stallMs,
  });
  return { store, prefix: path };
}

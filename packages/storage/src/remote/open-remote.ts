import { isAzureBlob } from '../azure/azure-uri.ts';
import { schemeOf } from '../unsupported.ts';
import type { RemoteAccess } from './remote-access.ts';
import type { RemoteLocation } from './remote-location.ts';

/**
 * Opens the store of a cloud's URI: `s3://`, `gs://`, and Azure's https, `abfs(s)://` and `wasb(s)://` forms; undefined for
 * any other. The clouds' code and SDKs are loaded only now; nothing is asked until the store is listed.
 * @throws StorageError
 */
export async function openRemote(uri: string, access: RemoteAccess): Promise<RemoteLocation | undefined> {
  switch (schemeOf(uri).toLowerCase()) {
    case 's3':
      return (await import('../s3/open-s3.ts')).openS3(uri, access);
    case 'gs':
      return (await import('../gcs/open-gcs.ts')).openGcs(uri, access);
    default:
      if (isAzureBlob(uri)) return (await import('../azure/open-azure.ts')).openAzure(uri, access);
      return undefined;
  }
}

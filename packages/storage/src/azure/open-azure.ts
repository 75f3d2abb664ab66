import type { Egress } from '../network/egress.ts';
import type { CloudClient } from '../remote/cloud-client.ts';
import { createCloudStore } from '../remote/cloud-store.ts';
import { egressFor } from '../remote/egress-for.ts';
import { loadCloud } from '../remote/load-cloud.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import type { RemoteLocation } from '../remote/remote-location.ts';
import { type AzureConfig, type AzureCredential, azureConfig } from './azure-config.ts';
import { azureMeaning } from './azure-meanings.ts';
import { azureLocation } from './azure-uri.ts';
import { principalTokens, type TimedToken } from './entra-token.ts';

/** What the workspace `clouds/azure` is given instead of a token or a principal. */
export type AzureProof =
  | Exclude<AzureCredential, { kind: 'token' } | { kind: 'principal' }>
  | { readonly kind: 'tokens'; readonly tokens: () => Promise<TimedToken> };

/** What the workspace `clouds/azure` exports. */
export interface AzureModule {
  createAzureClient(
    place: { readonly serviceUrl: string; readonly container: string },
    proof: AzureProof,
    egress: Egress,
    stallMs: number,
  ): CloudClient;
}

/** Azure Blob Storage by any of its URIs. @throws StorageError */
export async function openAzure(uri: string, access: RemoteAccess): Promise<RemoteLocation> {
  const location = azureLocation(uri);
  const config = azureConfig(location, access);
  const stallMs = access.stallTimeoutMs ?? 30_000;
  const what = "Azure Blob Storage needs Azure's SDK, which";
  const module = await loadCloud<AzureModule>('cloud-azure', what, access);
  const egress = await egressFor(access, { isS3: false });
  const { container, path } = location;
  const place = { serviceUrl: config.serviceUrl, container };
  const client = module.createAzureClient(place, proofOf(config, egress, stallMs), egress, stallMs);
  const store = createCloudStore({
    name: `${config.serviceUrl}/${container}`,
    client,
    meanings: azureMeaning(config.credential.kind === 'anonymous'),
    prefers: 'object',
    stallTimeoutMs: stallMs,
  });
  return { store, prefix: path };
}

function proofOf({ credential }: AzureConfig, egress: Egress, stallMs: number): AzureProof {
  switch (credential.kind) {
    case 'token': {
      const expiresOnTimestamp = Date.now() + 3_600_000;
      return { kind: 'tokens', tokens: async () => ({ token: credential.token, expiresOnTimestamp }) };
    }
    case 'principal':
      return { kind: 'tokens', tokens: principalTokens(credential, egress, { stallMs, now: Date.now }) };
    default:
      return credential;
  }
}

import {
  AnonymousCredential,
  BlobClient,
  type BlobItem,
  ContainerClient,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { AzureProof, CloudClient, Egress, ListedObject, ListPage, ListQuery } from '@berth/storage';
import { cloudFailure } from './cloud-failure.ts';

/** A container of Azure Blob Storage, by Microsoft's own client. */
export function createAzureClient(
  place: { readonly serviceUrl: string; readonly container: string },
  proof: AzureProof,
  egress: Egress,
  stallMs: number,
): CloudClient {
  const signature = proof.kind === 'sas' ? `?${proof.sas}` : '';
  const url = `${place.serviceUrl}/${encodeURIComponent(place.container)}`;
  const credential = credentialOf(proof);
  const client = new ContainerClient(url + signature, credential, optionsFor(egress, stallMs));
  return {
    async list(query: ListQuery, signal) {
      try {
        return await page(client, query, signal);
      } catch (thrown) {
        throw cloudFailure(thrown);
      }
    },
    async read(object, range, signal) {
      const start = range?.start ?? 0;
      const count = range?.end === undefined ? undefined : range.end - start;
      try {
        // Not the container's own child, which would share its pipeline and add our step to it a second time.
        const path = object.key.split('/').map(encodeURIComponent).join('/');
        const blob = new BlobClient(`${url}/${path}${signature}`, credential, optionsFor(egress, stallMs));
        const answer = await blob.download(start, count, {
          maxRetryRequests: 0,
          ...(object.etag === undefined ? {} : { conditions: { ifMatch: object.etag } }),
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        return answer.readableStreamBody as unknown as AsyncIterable<Uint8Array>;
      } catch (thrown) {
        throw cloudFailure(thrown);
      }
    },
    async close() {
      egress.close();
    },
  };
}

function credentialOf(proof: AzureProof) {
  switch (proof.kind) {
    case 'key':
      return new StorageSharedKeyCredential(proof.account, proof.key);
    case 'tokens':
      return { getToken: proof.tokens };
    default:
      return new AnonymousCredential();
  }
}

interface OutgoingRequest {
  url: string;
  agent?: unknown;
  timeout: number;
}
type Send<T> = (request: OutgoingRequest) => Promise<T>;

/** The client's options: our agents at the very last step (so also after redirects), and no tries of its own. */
function optionsFor(egress: Egress, stallMs: number): StoragePipelineOptions {
  const policy = {
    name: 'berthEgress',
    async sendRequest<T>(request: OutgoingRequest, next: Send<T>): Promise<T> {
      const url = new URL(request.url);
      // The client tells of a failed connection by its message alone.
      await egress.check(url);
      request.agent = egress.agentFor(url);
      request.timeout = 0;
      return next(request);
    },
  };
  const options = {
    retryOptions: { maxTries: 1, tryTimeoutInMs: stallMs },
    userAgentOptions: { userAgentPrefix: 'berth' },
    additionalPolicies: [{ policy, position: 'perRetry' }],
  };
  return options;
}

async function page(client: ContainerClient, query: ListQuery, signal: AbortSignal | undefined): Promise<ListPage> {
  const options = {
    prefix: query.prefix,
    includeMetadata: true,
    ...(signal === undefined ? {} : { abortSignal: signal }),
  };
  const settings = {
    maxPageSize: query.limit,
    ...(query.next === undefined ? {} : { continuationToken: query.next }),
  };
  if (query.delimiter === undefined) {
    for await (const { segment, continuationToken } of client.listBlobsFlat(options).byPage(settings)) {
      return { objects: segment.blobItems.map(listed), folders: [], ...nextOf(continuationToken) };
    }
  } else {
    const pages = client.listBlobsByHierarchy(query.delimiter, options).byPage(settings);
    for await (const { segment, continuationToken } of pages) {
      const folders = (segment.blobPrefixes ?? []).map((one) => one.name);
      return { objects: segment.blobItems.map(listed), folders, ...nextOf(continuationToken) };
    }
  }
  return { objects: [], folders: [] };
}

function nextOf(token: string | undefined): { next?: string } {
  return token === undefined || token === '' ? {} : { next: token };
}

function listed({ name, properties, metadata }: BlobItem): ListedObject {
  const { contentMD5 } = properties;
  return {
    key: name,
    size: properties.contentLength ?? 0,
    ...(properties.etag === undefined ? {} : { etag: quoted(properties.etag) }),
    ...(contentMD5?.length === 16 ? { md5: Buffer.from(contentMD5).toString('hex') } : {}),
    ...(properties.lastModified === undefined ? {} : { lastModified: properties.lastModified }),
    // What accounts with a hierarchy have for a folder.
    ...(metadata?.hdi_isfolder === 'true' ? { isFolder: true } : {}),
  };
}

/** Listings write etags without the quotes that conditions need. */
function quoted(etag: string): string {
  return etag.startsWith('"') || etag.startsWith('W/') ? etag : `"${etag}"`;
}

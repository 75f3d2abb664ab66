import { type RemoteAccess, setting } from '../remote/remote-access.ts';
import { StorageError } from '../storage-error.ts';
import { type AzureLocation, isAzureService } from './azure-uri.ts';

/** What Azure is shown. */
export type AzureCredential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'key'; readonly account: string; readonly key: string }
  | { readonly kind: 'sas'; readonly sas: string }
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'principal';
      readonly tenant: string;
      readonly client: string;
      /** A secret, or the file of a federated token, which changes. */
      readonly secret?: string;
      readonly tokenFile?: string;
      readonly authority: string;
    };

/** Where and as whom Azure Blob Storage is asked. */
export interface AzureConfig {
  readonly serviceUrl: string;
  readonly credential: AzureCredential;
}

/** Published for every emulator, so no secret. */
const EMULATOR_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const EMULATOR_ACCOUNT = 'devstoreaccount1';
const AUTHORITY = 'https://login.microsoftonline.com';

/**
 * The credentials of an Azure download: the URI's own signature, else a service principal, an access key, a token, or a
 * connection string; anonymous without any. A connection string for the account may also lead it to an emulator.
 * @throws StorageError
 */
export function azureConfig(location: AzureLocation, access: RemoteAccess): AzureConfig {
  const text = setting(access, 'AZURE_STORAGE_CONNECTION_STRING');
  const connection = text === undefined ? undefined : readConnection(text);
  const isForIt = connection?.account === undefined || connection.account === location.account;
  const serviceUrl = (isForIt ? connection?.endpoint : undefined) ?? location.serviceUrl;
  return { serviceUrl, credential: credentialFor(location, serviceUrl, isForIt ? connection : undefined, access) };
}

interface Connection {
  readonly account?: string;
  readonly endpoint?: string;
  readonly key?: string;
  readonly sas?: string;
}

function credentialFor(
  location: AzureLocation,
  serviceUrl: string,
  connection: Connection | undefined,
  access: RemoteAccess,
): AzureCredential {
  const { account } = location;
  if (location.sas !== undefined) return { kind: 'sas', sas: location.sas };
  // A token is Microsoft's to read; one must not reach a server of another's.
  const isAzure = isAzureService(serviceUrl);
  const service = access.credentials.env;
  // Where the service itself says which server is asked, that one is not shown what the owner has.
  const isOwnServer = (service.AZURE_STORAGE_CONNECTION_STRING ?? '').trim() !== '';
  for (const env of isOwnServer ? [service] : [service, access.processEnv]) {
    const read = (name: string) => env[name]?.trim() || undefined;
    const [client, tenant, secret] = [read('AZURE_CLIENT_ID'), read('AZURE_TENANT_ID'), read('AZURE_CLIENT_SECRET')];
    const tokenFile = env === access.processEnv ? read('AZURE_FEDERATED_TOKEN_FILE') : undefined;
    if (isAzure && client !== undefined && tenant !== undefined && (secret ?? tokenFile) !== undefined) {
      const authority = (access.processEnv.AZURE_AUTHORITY_HOST?.trim() || AUTHORITY).replace(/\/+$/, '');
      const proof = secret === undefined ? { tokenFile: tokenFile as string } : { secret };
      return { kind: 'principal', tenant, client, authority, ...proof };
    }
    const key = read('AZURE_STORAGE_ACCESS_KEY') ?? read('AZURE_STORAGE_KEY');
    if (key !== undefined) return { kind: 'key', account, key: checkedKey(key) };
    const token = read('AZURE_ACCESS_TOKEN');
    if (isAzure && token !== undefined) return { kind: 'token', token };
    const sas = read('AZURE_STORAGE_SAS_TOKEN');
    if (sas !== undefined) return { kind: 'sas', sas: sas.replace(/^\?/, '') };
  }
  if (connection?.key !== undefined) return { kind: 'key', account, key: checkedKey(connection.key) };
  if (connection?.sas !== undefined) return { kind: 'sas', sas: connection.sas.replace(/^\?/, '') };
  if (account === EMULATOR_ACCOUNT && serviceUrl.startsWith('http:'))
    return { kind: 'key', account, key: EMULATOR_KEY };
  return { kind: 'anonymous' };
}

function readConnection(text: string): Connection {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    const at = part.indexOf('=');
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  if (parts.get('usedevelopmentstorage')?.toLowerCase() === 'true') {
    return {
      account: EMULATOR_ACCOUNT,
      endpoint: `http://127.0.0.1:10000/${EMULATOR_ACCOUNT}`,
      key: EMULATOR_KEY,
    };
  }
  const account = parts.get('accountname');
  const endpoint = parts.get('blobendpoint') ?? endpointOf(parts, account);
  const [key, sas] = [parts.get('accountkey'), parts.get('sharedaccesssignature')];
  if (endpoint !== undefined && !isHttpUrl(endpoint)) throw unusable();
  if (account === undefined && endpoint === undefined && sas === undefined) throw unusable();
  return {
    ...(account === undefined ? {} : { account }),
    ...(endpoint === undefined ? {} : { endpoint: endpoint.replace(/\/+$/, '') }),
    ...(key === undefined ? {} : { key }),
    ...(sas === undefined ? {} : { sas }),
  };
}

function endpointOf(parts: ReadonlyMap<string, string>, account: string | undefined): string | undefined {
  const [suffix, protocol] = [parts.get('endpointsuffix'), parts.get('defaultendpointsprotocol') ?? 'https'];
  return account === undefined || suffix === undefined ? undefined : `${protocol}://${account}.blob.${suffix}`;
}

function isHttpUrl(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}

function checkedKey(key: string): string {
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return key;
  throw new StorageError('AccessDenied', 'the access key of the storage account is not base64, as such keys are');
}

function unusable(): StorageError {
  const message = 'AZURE_STORAGE_CONNECTION_STRING is not one: it needs AccountName and AccountKey, or a BlobEndpoint';
  return new StorageError('AccessDenied', message);
}

import { StorageError } from '../storage-error.ts';

/** A place in Azure Blob Storage. */
export interface AzureLocation {
  readonly account: string;
  /** Of the account's blob service, without a slash at the end. */
  readonly serviceUrl: string;
  readonly container: string;
  /** Of the blob or folder; with a slash at its end where the URI has one. */
  readonly path: string;
  /** A shared access signature that the URI carries: a secret. */
  readonly sas?: string;
}

/** Azure's clouds: the world's, China's, the US government's. */
const SUFFIX = String.raw`(?:core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net)`;
const ACCOUNT = '([a-z0-9][a-z0-9-]{1,62})';
const BLOB_HOST = new RegExp(
  `^${ACCOUNT}((?:\\.z\\d{1,2})?\\.blob\\.(?:${SUFFIX.slice(3, -1)}|storage\\.azure\\.net))$`,
  'i',
);
const FILE_HOST = new RegExp(
  `^${ACCOUNT}(?:\\.z\\d{1,2})?\\.file\\.(?:${SUFFIX.slice(3, -1)}|storage\\.azure\\.net)$`,
  'i',
);
const HADOOP = /^(abfss?|wasbs?):\/\/([^@/]+)@([^/]+)(\/.*)?$/i;
const HADOOP_HOST = new RegExp(`^${ACCOUNT}\\.(?:dfs|blob)\\.(${SUFFIX.slice(3, -1)}|fabric\\.microsoft\\.com)$`, 'i');
/** The account that Azurite and its predecessors have. */
const EMULATOR_ACCOUNT = 'devstoreaccount1';
const CONTAINER = /^(\$root|\$web|[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){1,62})$/;

/** Whether a URI is Azure's Blob Storage, which speaks https but is no plain download. */
export function isAzureBlob(uri: string): boolean {
  if (/^(abfss?|wasbs?):/i.test(uri)) return true;
  const url = parsed(uri);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  if (BLOB_HOST.test(url.hostname)) return true;
  return isLoopback(url.hostname) && url.pathname.startsWith(`/${EMULATOR_ACCOUNT}/`);
}

/** Whether a blob service is Azure's own, by its address. */
export function isAzureService(serviceUrl: string): boolean {
  const url = parsed(serviceUrl);
  return url?.protocol === 'https:' && BLOB_HOST.test(url.hostname);
}

/** Whether a URI is Azure Files, which this does not fetch from. */
export function isAzureFile(uri: string): boolean {
  return FILE_HOST.test(parsed(uri)?.hostname ?? '');
}

/**
 * Reads `https://account.blob.core.windows.net/container/path`, the zones of storage.azure.net,
 * `abfs(s)://container@account.dfs…/path`, `wasb(s)://container@account.blob…/path`, and an emulator's
 * `http://127.0.0.1:10000/devstoreaccount1/container/path`.
 * @throws StorageError InvalidStorageUri
 */
export function azureLocation(uri: string): AzureLocation {
  const hadoop = HADOOP.exec(uri);
  if (hadoop !== null) return ofHadoop(hadoop);
  if (/^(abfss?|wasbs?):/i.test(uri)) {
    throw invalid('write abfs://container@account.dfs.core.windows.net/path');
  }
  const url = parsed(uri);
  if (url === undefined) throw invalid('it is no URL');
  if (url.username !== '' || url.password !== '') throw invalid('a URL must not carry a user or password');
  const sas = url.search.length > 1 ? url.search.slice(1) : undefined;
  if (sas !== undefined && !/(^|&)sig=/.test(sas)) throw invalid('its ? part is no shared access signature');
  const parts = url.pathname.slice(1).split('/');
  const host = BLOB_HOST.exec(url.hostname);
  const account = host === null ? (parts.shift() ?? '') : (host[1] as string);
  const serviceUrl = host === null ? `${url.origin}/${account}` : url.origin;
  const [container = '', ...path] = parts.map(decode);
  return checked({ account, serviceUrl, container, path: path.join('/'), ...(sas === undefined ? {} : { sas }) });
}

function ofHadoop([, , container = '', authority = '', path = '']: readonly string[]): AzureLocation {
  const [, account, suffix] = HADOOP_HOST.exec(authority) ?? [];
  if (account === undefined || suffix === undefined) {
    throw invalid(`"${authority.slice(0, 100)}" is no storage account; write container@account.dfs.core.windows.net`);
  }
  const serviceUrl = `https://${account.toLowerCase()}.blob.${suffix.toLowerCase()}`;
  return checked({ account: account.toLowerCase(), serviceUrl, container: decode(container), path: path.slice(1) });
}

function checked(location: AzureLocation): AzureLocation {
  if (!CONTAINER.test(location.container)) {
    const shown = location.container.slice(0, 80);
    throw invalid(shown === '' ? 'it names no container' : `"${shown}" is no name of a container`);
  }
  if (location.path.includes('\0') || location.path.length > 1024)
    throw invalid('its path is too long or has a zero byte');
  return { ...location, path: location.path.replace(/^\/+/, '') };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host) || host === 'azurite';
}

function parsed(uri: string): URL | undefined {
  try {
    return new URL(uri);
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(why: string): StorageError {
  return new StorageError('InvalidStorageUri', `the storage URI is not usable: ${why}`);
}

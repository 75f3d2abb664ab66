/** Schemes that are fetched, in lower case; the empty one is a bare path. */
const FETCHED: ReadonlySet<string> = new Set([
  '',
  'file',
  'http',
  'https',
  'pvc',
  's3',
  'gs',
  'hf',
  'oci',
  'oci+fetch',
  'oci+native',
  'abfs',
  'abfss',
  'wasb',
  'wasbs',
]);

/** What people write elsewhere and Berth does not fetch from, by name. */
const NOT_FETCHED: ReadonlyMap<string, string> = new Map([
  ['hdfs', 'hdfs:// (HDFS)'],
  ['webhdfs', 'webhdfs:// (WebHDFS)'],
  ['modelscope', 'modelscope:// (ModelScope)'],
  ['az', 'az:// (write the https or abfs form of Azure Blob Storage)'],
  ['azure', 'azure:// (write the https or abfs form of Azure Blob Storage)'],
  ['git', 'git:// (a git repository)'],
  ['git+https', 'git+https:// (a git repository)'],
  ['git+ssh', 'git+ssh:// (a git repository)'],
  ['ssh', 'ssh:// (a git repository)'],
  ['ftp', 'ftp://'],
  ['ftps', 'ftps://'],
]);

const AZURE_FILE =
  /^https:\/\/[^/]{1,100}\.file\.(core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|storage\.azure\.net)\//i;
const GIT = /^https?:\/\/[^?#]{1,2000}\.git(\/|$)/i;

const OFFERED = 'use a path, file://, pvc://, s3://, gs://, hf://, oci://, http(s):// or Azure Blob Storage';

/** The scheme of a URI, as written; empty for a bare path (a Windows drive letter is none). */
export function schemeOf(uri: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]{1,30}):/.exec(uri)?.[1] ?? '';
}

/**
 * Why a URI can not be fetched, in words; undefined where it can. Azure Files' and git's https URLs need their own
 * protocols, so they are named here although http(s) is fetched.
 */
export function storageProblem(uri: string): string | undefined {
  const shown = uri.length > 200 ? `${uri.slice(0, 197)}…` : uri;
  const scheme = schemeOf(uri);
  const lower = scheme.toLowerCase();
  if (AZURE_FILE.test(uri)) return notFetched(shown, 'Azure Files');
  if (GIT.test(uri)) return notFetched(shown, 'a git repository');
  const what = NOT_FETCHED.get(lower);
  if (what !== undefined) return notFetched(shown, what);
  if (FETCHED.has(lower)) return undefined;
  return `storage URI ${shown}: there is no storage "${scheme}://"; ${OFFERED}`;
}

function notFetched(uri: string, what: string): string {
  return `storage URI ${uri}: ${what} is not yet supported; ${OFFERED}`;
}

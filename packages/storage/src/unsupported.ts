/** Schemes that KServe fetches from and Berth does not yet, with their names. */
const NOT_YET: ReadonlyMap<string, string> = new Map([
  ['s3', 'Amazon S3 and its kin'],
  ['gs', 'Google Cloud Storage'],
  ['hf', 'Hugging Face'],
  ['hdfs', 'HDFS'],
  ['webhdfs', 'WebHDFS'],
  ['abfs', 'Azure Blob Storage'],
  ['abfss', 'Azure Blob Storage'],
  ['az', 'Azure Blob Storage'],
  ['azure', 'Azure Blob Storage'],
  ['wasb', 'Azure Blob Storage'],
  ['wasbs', 'Azure Blob Storage'],
  ['oci', 'an OCI image'],
  ['oci+native', 'an OCI image'],
  ['oci+fetch', 'an OCI image'],
  ['modelscope', 'ModelScope'],
  ['git', 'a git repository'],
  ['git+https', 'a git repository'],
  ['ssh', 'a git repository'],
  ['ftp', 'FTP'],
]);

const AZURE_BLOB = /^https:\/\/[^/]{1,100}\.blob\.(core\.windows\.net|storage\.azure\.net)\//i;
const AZURE_FILE = /^https:\/\/[^/]{1,100}\.file\.(core\.windows\.net|storage\.azure\.net)\//i;
const GIT = /^https?:\/\/[^?#]{1,2000}\.git(\/|$)/i;

const OFFERED = 'use a path, file:// or http(s)://';

/** The scheme of a URI, as written; empty for a bare path (a Windows drive letter is none). */
export function schemeOf(uri: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]{1,30}):/.exec(uri)?.[1] ?? '';
}

/**
 * Why a URI can not be fetched by this build, in words; undefined where it can. Azure's and git's https URLs need their
 * own protocols, so they are named here although http(s) is supported.
 */
export function storageProblem(uri: string): string | undefined {
  const shown = uri.length > 200 ? `${uri.slice(0, 197)}…` : uri;
  const scheme = schemeOf(uri);
  const lower = scheme.toLowerCase();
  if (AZURE_BLOB.test(uri)) return notYet(shown, 'Azure Blob Storage');
  if (AZURE_FILE.test(uri)) return notYet(shown, 'Azure Files');
  if (GIT.test(uri)) return notYet(shown, 'a git repository');
  const what = NOT_YET.get(lower);
  if (what !== undefined) return notYet(shown, `${lower}:// (${what})`);
  if (scheme === '' || lower === 'file' || lower === 'http' || lower === 'https' || lower === 'pvc') return undefined;
  return `storage URI ${shown}: there is no storage "${scheme}://"; ${OFFERED}`;
}

function notYet(uri: string, what: string): string {
  return `storage URI ${uri}: ${what} is not yet supported; ${OFFERED}`;
}

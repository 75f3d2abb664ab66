import type { ApiObject, ResourceStore } from '@berth/control';
import type { FetchCredentials } from '@berth/storage';

const DOCKER_CONFIG_VARIABLE = 'KSERVE_OCI_DOCKER_CONFIG';
/** Where KServe's init container has it; here it is only a name. */
const DOCKER_CONFIG_FILE = '/mnt/oci-fetch-auth/config.json';

/**
 * Adds the logins of the ServiceAccount's `imagePullSecrets` to credentials that have none: as for any other image, they
 * are what an `oci://` model is pulled with.
 */
export function withPullSecrets(
  credentials: FetchCredentials,
  store: ResourceStore,
  namespace: string,
  serviceAccount: ApiObject | undefined,
): FetchCredentials {
  if (credentials.env[DOCKER_CONFIG_VARIABLE] !== undefined) return credentials;
  const names = Array.isArray(serviceAccount?.imagePullSecrets) ? serviceAccount.imagePullSecrets : [];
  const auths: Record<string, unknown> = {};
  for (const reference of names) {
    const name: unknown = reference?.name;
    if (typeof name === 'string') Object.assign(auths, authsOf(store.get({ kind: 'Secret', namespace, name })));
  }
  if (Object.keys(auths).length === 0) return credentials;
  return {
    ...credentials,
    env: { ...credentials.env, [DOCKER_CONFIG_VARIABLE]: DOCKER_CONFIG_FILE },
    files: { ...credentials.files, [DOCKER_CONFIG_FILE]: JSON.stringify({ auths }) },
  };
}

function authsOf(secret: ApiObject | undefined): object {
  const texts = secret?.stringData as Record<string, unknown> | undefined;
  const data = secret?.data as Record<string, unknown> | undefined;
  const encoded = data?.['.dockerconfigjson'];
  const text =
    texts?.['.dockerconfigjson'] ??
    (typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : '');
  try {
    const auths: unknown = JSON.parse(String(text))?.auths;
    return typeof auths === 'object' && auths !== null ? auths : {};
  } catch {
    return {};
  }
}

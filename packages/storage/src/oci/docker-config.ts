/** A user of a registry. */
export interface RegistryLogin {
  readonly username: string;
  /** A secret. */
  readonly password: string;
}

const HUB_NAMES: readonly string[] = ['registry-1.docker.io', 'docker.io', 'index.docker.io'];

/**
 * The login that a docker `config.json` has for a registry; the entry for the longest path of the repository wins, as
 * Kubernetes has it. Undefined where there is none that can be read; helpers (`credHelpers`) are programs and not run.
 */
export function registryLogin(config: string, registry: string, repository: string): RegistryLogin | undefined {
  let auths: unknown;
  try {
    auths = (JSON.parse(config) as { auths?: unknown } | null)?.auths;
  } catch {
    return undefined;
  }
  if (typeof auths !== 'object' || auths === null) return undefined;
  let best: { readonly length: number; readonly login: RegistryLogin } | undefined;
  for (const [written, entry] of Object.entries(auths)) {
    const place = written.replace(/^https?:\/\//i, '').replace(/\/(v1|v2)?\/?$/, '');
    const slash = place.indexOf('/');
    const host = (slash < 0 ? place : place.slice(0, slash)).toLowerCase();
    const path = slash < 0 ? '' : place.slice(slash + 1);
    const isHost = host === registry.toLowerCase() || (HUB_NAMES.includes(host) && HUB_NAMES.includes(registry));
    if (!isHost || (path !== '' && repository !== path && !repository.startsWith(`${path}/`))) continue;
    const login = loginOf(entry);
    if (login !== undefined && path.length >= (best?.length ?? 0)) best = { length: path.length, login };
  }
  return best?.login;
}

function loginOf(entry: unknown): RegistryLogin | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { username, password, auth } = entry as Record<string, unknown>;
  if (typeof username === 'string' && typeof password === 'string' && username !== '') return { username, password };
  if (typeof auth !== 'string') return undefined;
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon <= 0
    ? undefined
    : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
}

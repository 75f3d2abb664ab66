import { type ListenPlan, listenPlan } from './addresses.ts';
import { StartError } from './start-error.ts';

/** Who may reach a server and what they may do: settings as given, undefined where nothing was said. */
export interface ExposureSettings {
  readonly host?: string | undefined;
  readonly apiKeyFile?: string | undefined;
  readonly insecureNoAuth?: boolean | undefined;
  readonly modelControl?: boolean | undefined;
}

export interface Exposure {
  readonly plan: ListenPlan;
  /** File with the keys that every call must have one of; undefined where none is needed. */
  readonly apiKeyFile: string | undefined;
  /** Whether models may be loaded and unloaded by name. */
  readonly modelControl: boolean;
  /** One-line warnings for the operator. */
  readonly warnings: readonly string[];
}

/**
 * Loopback needs nothing. Any other host needs API keys, or to be told in so many words that anybody may call; loading
 * and unloading is off there unless asked for.
 * @throws StartError
 */
export function decideExposure(
  settings: ExposureSettings,
  env: Readonly<Record<string, string | undefined>> = {},
): Exposure {
  const host = settings.host ?? nonEmpty(env.BERTH_HOST);
  const apiKeyFile = settings.apiKeyFile ?? nonEmpty(env.BERTH_API_KEY_FILE);
  const insecure = settings.insecureNoAuth ?? isTrue(env.BERTH_INSECURE_NO_AUTH, 'BERTH_INSECURE_NO_AUTH');
  const control = settings.modelControl ?? isTrue(env.BERTH_MODEL_CONTROL, 'BERTH_MODEL_CONTROL');
  const plan = listenPlan(host);
  if (plan.loopback) {
    return { plan, apiKeyFile, modelControl: control ?? true, warnings: [] };
  }
  const where = plan.addresses.join(', ');
  if (apiKeyFile === undefined && insecure !== true) {
    throw new StartError(
      `listening on ${where} lets other machines call this server: give --api-key-file (or BERTH_API_KEY_FILE) so that callers need a key, or --insecure-no-auth (or BERTH_INSECURE_NO_AUTH=1) to let anybody call`,
      { code: 'AddressNotAllowed' },
    );
  }
  const warnings: string[] = [];
  if (apiKeyFile === undefined) {
    warnings.push(`warning: anybody who reaches ${where} may call this server (--insecure-no-auth)`);
  }
  return { plan, apiKeyFile, modelControl: control ?? false, warnings };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** @throws StartError for a text that is neither yes nor no: a guess here could open the server. */
function isTrue(value: string | undefined, name: string): boolean | undefined {
  const text = nonEmpty(value)?.trim().toLowerCase();
  if (text === undefined) return undefined;
  if (text === '1' || text === 'true' || text === 'yes') return true;
  if (text === '0' || text === 'false' || text === 'no') return false;
  throw new StartError(`${name}=${value} is neither true nor false; set it to 1 or 0`, { code: 'InvalidOption' });
}

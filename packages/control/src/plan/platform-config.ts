import { DEFAULT_DOMAIN, isObject } from '@berth/api';

/** Where the platform listens, as clients on this machine reach it. */
export interface ListenerConfig {
  readonly httpPort: number;
  /** The gateway speaks TLS on `httpPort`. */
  readonly tls?: boolean;
}

/** What of KServe's `inferenceservice-config` is acted on. */
export interface PlatformConfig {
  /** Undefined where the ConfigMap sets none: addresses are under `localhost` then. */
  readonly domain?: string;
  readonly additionalDomains: readonly string[];
  readonly domainTemplate: string;
  readonly pathTemplate?: string;
  readonly urlScheme?: string;
  readonly deploymentMode: string;
  /** Keys that are read and have no effect here, and what could not be read. */
  readonly warnings: readonly string[];
}

/** Name and namespace of the ConfigMap. */
export const CONFIG_MAP = { namespace: 'kserve', name: 'inferenceservice-config' } as const;

const DOMAIN_TEMPLATE = '{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}';
/** Keys whose content is used by the parts that need it: credentials and CA bundles by the storage, the others later. */
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'ingress',
  'deploy',
  'credentials',
  'storageInitializer',
  'batcher',
  'logger',
]);
const INGRESS_KEYS: ReadonlySet<string> = new Set([
  'ingressDomain',
  'domainTemplate',
  'urlScheme',
  'pathTemplate',
  'additionalIngressDomains',
]);
const STORAGE_KEYS: ReadonlySet<string> = new Set(['caBundleConfigMapName', 'caBundleVolumeMountPath']);
const MODES: ReadonlyMap<string, string> = new Map([
  ['Standard', 'Standard'],
  ['RawDeployment', 'Standard'],
  ['Knative', 'Knative'],
  ['Serverless', 'Knative'],
]);

/** The deployment mode under its newer name; undefined for what is none. */
export function deploymentModeOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : MODES.get(text);
}

/** Reads the ConfigMap's `data`; what can not be read is a warning and its default holds. */
export function platformConfig(data: unknown): PlatformConfig {
  const warnings: string[] = [];
  const entries = new Map(isObject(data) ? Object.entries(data) : []);
  const section = (key: string): ReadonlyMap<string, unknown> => {
    const text = entries.get(key);
    if (text === undefined) return new Map();
    try {
      const value: unknown = JSON.parse(String(text));
      if (isObject(value)) return new Map(Object.entries(value));
    } catch {
      // Told below.
    }
    warnings.push(`${key} is no JSON object, and its defaults hold`);
    return new Map();
  };
  const ingress = section('ingress');
  const storage = section('storageInitializer');
  const unused = [
    ...[...entries.keys()].filter((key) => !KNOWN_KEYS.has(key) && !key.startsWith('_')),
    ...[...ingress.keys()].filter((key) => !INGRESS_KEYS.has(key)).map((key) => `ingress.${key}`),
    ...[...storage.keys()].filter((key) => !STORAGE_KEYS.has(key)).map((key) => `storageInitializer.${key}`),
  ];
  if (unused.length > 0) warnings.push(`without effect on one machine: ${unused.sort().join(', ')}`);
  const text = (key: string) => {
    const value = ingress.get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const domain = hostName(text('ingressDomain'), 'ingress.ingressDomain', warnings);
  const additional = ingress.get('additionalIngressDomains');
  const template = text('domainTemplate');
  const pathTemplate = text('pathTemplate');
  const urlScheme = text('urlScheme');
  const written = section('deploy').get('defaultDeploymentMode');
  const mode = typeof written === 'string' ? deploymentModeOf(written) : undefined;
  if (typeof written === 'string' && mode === undefined) {
    warnings.push(
      `deploy.defaultDeploymentMode "${written.slice(0, 50)}" is not served on one machine; it is Standard`,
    );
  }
  return {
    ...(domain === undefined ? {} : { domain }),
    additionalDomains: Array.isArray(additional)
      ? additional.flatMap((one) => hostName(String(one), 'ingress.additionalIngressDomains', warnings) ?? [])
      : [],
    domainTemplate: template ?? DOMAIN_TEMPLATE,
    ...(pathTemplate === undefined ? {} : { pathTemplate }),
    ...(urlScheme === 'http' || urlScheme === 'https' ? { urlScheme } : {}),
    deploymentMode: mode ?? 'Standard',
    warnings,
  };
}

/** KServe's domain and the one that needs no DNS. */
export function domainsOf(config: PlatformConfig): string[] {
  return [
    ...new Set([
      ...(config.domain === undefined ? [] : [config.domain]),
      'localhost',
      DEFAULT_DOMAIN,
      ...config.additionalDomains,
    ]),
  ];
}

function hostName(text: string | undefined, field: string, warnings: string[]): string | undefined {
  if (text === undefined) return undefined;
  const lower = text.toLowerCase();
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,30}$/.test(lower)) return lower;
  warnings.push(`${field} "${text.slice(0, 100)}" is no domain name`);
  return undefined;
}

import { isFalse, isTrue, readEndpoint } from './endpoint.ts';

/** One place where S3 settings may stand; earlier layers win. */
export interface SettingsLayer {
  /** E.g. `Secret minio`. */
  readonly name: string;
  /** Of a Secret or ServiceAccount. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Values under the names of environment variables, e.g. of a Secret's data. */
  readonly values: ReadonlyMap<string, string>;
}

/** A setting, where it may be written, and what kind of value it has. */
interface Setting {
  readonly annotation: string;
  readonly env: string;
  /** Other names that people put into Secrets. */
  readonly alias?: string;
  readonly config: string;
  readonly kind: 'text' | 'flag';
}

const DOMAIN = 'serving.kserve.io';
const ENDPOINT: Setting = {
  annotation: 's3-endpoint',
  env: 'S3_ENDPOINT',
  alias: 'AWS_ENDPOINT_URL',
  config: 's3Endpoint',
  kind: 'text',
};
const USE_HTTPS: Setting = { annotation: 's3-usehttps', env: 'S3_USE_HTTPS', config: 's3UseHttps', kind: 'flag' };
const SETTINGS: readonly Setting[] = [
  { annotation: 's3-region', env: 'AWS_DEFAULT_REGION', alias: 'AWS_REGION', config: 's3Region', kind: 'text' },
  { annotation: 's3-verifyssl', env: 'S3_VERIFY_SSL', config: 's3VerifySSL', kind: 'flag' },
  {
    annotation: 's3-usevirtualbucket',
    env: 'S3_USER_VIRTUAL_BUCKET',
    config: 's3UseVirtualBucket',
    kind: 'flag',
  },
  { annotation: 's3-useaccelerate', env: 'S3_USE_ACCELERATE', config: 's3UseAccelerate', kind: 'flag' },
  {
    annotation: 's3-useanoncredential',
    env: 'awsAnonymousCredential',
    config: 's3UseAnonymousCredential',
    kind: 'flag',
  },
  { annotation: 's3-cabundle', env: 'AWS_CA_BUNDLE', config: 's3CABundle', kind: 'text' },
  {
    annotation: 's3-cabundle-configmap',
    env: 'AWS_CA_BUNDLE_CONFIGMAP',
    config: 's3CABundleConfigMap',
    kind: 'text',
  },
];

/** What S3 settings come to. */
export interface S3Settings {
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly problem?: string;
}

interface Found {
  readonly value: string;
  readonly label: string;
}

/**
 * The environment of an S3 download: each setting from the first layer that has it, annotation before data, at last the
 * platform's configuration (kserve pkg/credentials/s3 `BuildS3EnvVars`).
 */
export function s3Settings(
  layers: readonly SettingsLayer[],
  config: Readonly<Record<string, string>> | undefined,
): S3Settings {
  const env: Record<string, string> = {};
  const warnings: string[] = [];
  const endpoint = find(ENDPOINT, layers, config, warnings);
  if (endpoint !== undefined) {
    const reading = readEndpoint(endpoint.value, endpoint.label, find(USE_HTTPS, layers, config, warnings));
    if ('problem' in reading) return { env: {}, warnings, problem: reading.problem };
    warnings.push(...reading.warnings);
    env.AWS_ENDPOINT_URL = reading.url;
    env.S3_ENDPOINT = reading.url.replace(/^https?:\/\//, '');
    env.S3_USE_HTTPS = reading.url.startsWith('https:') ? '1' : '0';
  } else if (hasUseHttps(layers)) {
    warnings.push(`${DOMAIN}/s3-usehttps has no effect without ${DOMAIN}/s3-endpoint: Amazon S3 itself is asked`);
  }
  for (const setting of SETTINGS) {
    const found = find(setting, layers, config, warnings);
    if (found === undefined) continue;
    if (setting.kind === 'text') {
      env[setting.env] = found.value.trim();
      continue;
    }
    const flag = isTrue(found.value) ? true : isFalse(found.value) ? false : undefined;
    if (flag === undefined) {
      warnings.push(`${found.label} is "${found.value.slice(0, 50)}", which is neither true nor false; it is not used`);
    } else env[setting.env] = setting.env === 'S3_VERIFY_SSL' ? (flag ? '1' : '0') : String(flag);
  }
  return { env, warnings };
}

function find(
  setting: Setting,
  layers: readonly SettingsLayer[],
  config: Readonly<Record<string, string>> | undefined,
  warnings: string[],
): Found | undefined {
  const key = `${DOMAIN}/${setting.annotation}`;
  for (const layer of layers) {
    const annotated = layer.annotations[key];
    const name = layer.values.has(setting.env) ? setting.env : (setting.alias ?? setting.env);
    const value = layer.values.get(name);
    const found: readonly (Found | undefined)[] = [
      annotated === undefined ? undefined : { value: annotated, label: `annotation ${key} of ${layer.name}` },
      value === undefined ? undefined : { value, label: `${name} of ${layer.name}` },
    ];
    for (const one of found) {
      if (one === undefined) continue;
      if (one.value.trim() !== '') return one;
      warnings.push(`${one.label} is empty and counts as not set`);
    }
  }
  const configured = config?.[setting.config];
  if (typeof configured !== 'string' || configured.trim() === '') return undefined;
  return { value: configured, label: `${setting.config} of inferenceservice-config` };
}

function hasUseHttps(layers: readonly SettingsLayer[]): boolean {
  return layers.some(
    (layer) =>
      (layer.annotations[`${DOMAIN}/${USE_HTTPS.annotation}`] ?? layer.values.get(USE_HTTPS.env) ?? '').trim() !== '',
  );
}
